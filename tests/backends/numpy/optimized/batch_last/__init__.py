"""Tests of programs with the batch last."""
