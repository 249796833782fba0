"""Files as a source: read into messages, documents (statements, calendars, invoices) or problems."""
