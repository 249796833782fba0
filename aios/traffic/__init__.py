"""Traffic: what may go out to one outside service now, over all processes: breakers and rates."""
