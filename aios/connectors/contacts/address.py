"""Where the owner's address book is."""

SETTING = "AIOS_CARDDAV_URL"
"""The credential with its address."""
