"""The owner's queue: what is asked, exactly what was shown, and the one answer each decision takes."""
