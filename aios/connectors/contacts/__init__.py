"""The contacts connector: cards of an address book, read and written, each change once and never over another's."""
