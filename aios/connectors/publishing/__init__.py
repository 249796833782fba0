"""Publishing: what articles are and what can be done to them, the same for each place that they go live at."""
