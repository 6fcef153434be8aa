"""What is known of a person, who is told it, how long it is kept, and how it goes."""
