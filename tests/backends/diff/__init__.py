"""Tests of the comparison of two nets."""
