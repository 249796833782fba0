"""Identity: who a sender really is. People, organisations, what leads to them, and merges that can be undone."""
