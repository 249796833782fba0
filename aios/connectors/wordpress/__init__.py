"""The WordPress connector: articles as posts, through the REST API that every WordPress has."""
