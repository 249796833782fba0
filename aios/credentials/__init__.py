"""Credentials: passwords, keys and tokens, read from one place by everything that signs in somewhere."""
