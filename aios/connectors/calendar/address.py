"""Where the owner's calendar is."""

SETTING = "AIOS_CALDAV_URL"
"""The credential with its address."""
