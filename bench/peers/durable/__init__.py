"""Engines of durable steps. Each program imports its own engine and the standard library, nothing of ours."""
