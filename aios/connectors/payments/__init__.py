"""Payments: Stripe, whose SDK only this folder imports."""
