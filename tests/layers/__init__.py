"""Tests of the layers, most of them against torch."""
