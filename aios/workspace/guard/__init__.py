"""What stands before every page and call: host names, sign-in, origin and token, response headers."""
