"""Real programs nobody here wrote, started for the tests: databases, mail servers, model servers."""
