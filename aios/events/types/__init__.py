"""The payloads of every event type, one module per thing the events are about."""
