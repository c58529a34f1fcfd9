"""Tests of the NumPy kernels."""
