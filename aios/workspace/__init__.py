"""The workspace: the pages and the JSON API through which the owner runs the company."""
