"""Benchmarks: run by hand, never by the tests, since a time depends on the machine and on what else it does."""
