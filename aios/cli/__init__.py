"""The `aios` command: one module per command family; each reads its arguments and calls the kernel."""
