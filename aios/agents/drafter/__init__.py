"""The drafter: the reply to a lead, in the owner's name, from what the documents say."""
