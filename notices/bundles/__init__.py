"""A NEIGHBOUR CARRIES WHAT WAS PRESSED: a signed, sealed bundle from one phone by another to the server."""
