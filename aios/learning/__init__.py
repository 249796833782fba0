"""What the owner's corrections teach: compared with what was drafted, and proposed as preferences."""
