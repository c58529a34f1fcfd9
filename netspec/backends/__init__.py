"""Targets: each module or folder makes one kind of output from a shaped net."""
