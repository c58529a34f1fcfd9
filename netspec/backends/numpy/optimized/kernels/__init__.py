"""The plan kernels: ordinary functions, whose text ``--optimize`` writes."""
