"""Webhooks: what other programs tell us of their own accord, each message signed by who sent it."""
