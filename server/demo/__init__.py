"""The invented town, and everything local that makes it live without an account or a configuration."""
