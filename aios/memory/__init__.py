"""Memory: what the business knows, found again by words and by meaning, and what an agent was given to read."""
