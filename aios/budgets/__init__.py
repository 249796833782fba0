"""Budgets: limits on what models may cost, money held for calls under way, and what was really spent."""
