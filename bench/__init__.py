"""Benchmarks: each module measures one promise of speed beside its peers in the same run, and prints ratios."""
