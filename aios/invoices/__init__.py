"""Electronic invoices: read, checked and written; pure functions without a store."""
