"""Webhooks: in, with a signature that says who sent them, and out, signed, to where they are allowed to go."""
