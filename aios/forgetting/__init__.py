"""Forgetting a person: what is personal leaves every place under the home, and the log says what was removed."""
