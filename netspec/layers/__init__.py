"""The layers of the language: one file for each family, and the closed union of them all."""
