"""Training a net on images: data, the run and what it leaves, on NumPy or PyTorch."""
