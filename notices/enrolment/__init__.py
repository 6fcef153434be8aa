"""How a phone comes in: a ticket for one named person, used once, becomes a device with a token."""
