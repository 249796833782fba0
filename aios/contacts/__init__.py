"""The owner's address book: what changes in it is known here, and what is corrected here is written into it."""
