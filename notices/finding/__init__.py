"""What was sent is found again: by words and by year, the same on the server and, in the client's own code, on a phone."""
