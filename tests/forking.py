"""Processes of their own, forked from a server that has done everything once.

There is one such server for each process of tests, so what it has imported is said here, for everybody. Without it,
each process would import the libraries, and compile the statements, that it needs for its short life.
"""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.rehearsed"])
