"""Who has it and who has read it, home by home: what is taken in, how it adds up, how it is told."""
