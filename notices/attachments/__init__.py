"""Files that go with a notice: what may come in, in parts or whole, and who may read it."""
