"""Invoices with a store behind them: what came in, from whom, what was paid on which account; and our own, numbered."""
