"""What a client may know: the bodies of synced records, and in which scopes they stand."""
