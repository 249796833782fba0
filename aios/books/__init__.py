"""The books: double entry in minor units, a chart of accounts as data, and numbers without gaps."""
