"""Tests of the optimizing NumPy backend."""
