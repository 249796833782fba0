"""Agents: small, versioned capabilities; typed input to typed output, by a model or by rules."""
