"""Cases: one run of a process for one thing, its state, and the artifacts its steps have made."""
