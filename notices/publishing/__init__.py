"""What is said: written, published, corrected, withdrawn. Read `publish` first."""
