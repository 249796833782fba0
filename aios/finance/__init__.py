"""Figures of the company: VAT, revenue, profit, open items and what will come in, from the books and the registers.

Each is computed by pure functions over what was booked by then. Sums are minor units, and those of two currencies are
never added.
"""
