"""WITH WHAT: what Dagster hands to assets and sensors."""
