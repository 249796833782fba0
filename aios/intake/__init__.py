"""Intake: the way in. Whatever arrives enters the log once, as a case's event or in the quarantine."""
