"""Grounding: what a draft states must be found in what it was given. Checked by code, not by a model."""
