"""The kernel of aios: events, cases, decisions, effects, memory and what drives them, without Dagster."""
