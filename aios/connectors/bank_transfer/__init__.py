"""Transfers: a SEPA file for each payment, which the owner takes to the bank."""
