"""Rules as data: what may go out by itself, what the owner decides, and the limits everything keeps."""
