"""The tests mirror the package; torch is the referee."""
