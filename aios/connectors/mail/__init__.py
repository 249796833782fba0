"""Mail: out by SMTP or into the sandbox's outbox, in by IMAP or as `.eml` files."""
