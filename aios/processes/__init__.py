"""Processes: how the steps of a process run for one case, without knowing who starts them."""
