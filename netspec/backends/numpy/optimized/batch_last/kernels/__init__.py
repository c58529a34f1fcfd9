"""The kernels of batch-last programs: generated modules contain text of these files."""
