"""The people of a town: homes, seats, where each is reached and how they wish to be."""
