"""The peers of `bench.recall`: each ranks the turns of a conversation for each question."""
