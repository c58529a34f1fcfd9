"""Passes: pure functions from one immutable value to another."""
