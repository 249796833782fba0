"""The peers that benchmarks run beside us, each in an environment of its own."""
