"""Links: what influenced what: events, items, policies and decisions, the artifacts and effects that rest on them."""
