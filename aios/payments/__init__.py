"""Payments: how invoices and subscriptions at Stripe stand, as far as the log knows."""
