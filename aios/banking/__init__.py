"""What banks tell and take: statements read from CAMT, MT940, CSV and OFX, and SEPA transfers written."""
