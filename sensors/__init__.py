"""WHEN: what starts a run, and what is looked after between runs."""
