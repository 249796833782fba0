"""The promises of aios, as tests on real parts."""
