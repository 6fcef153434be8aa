"""How the journal meets the notices: mutations come in, by many phones at once; what phones hold; segments made of it."""
