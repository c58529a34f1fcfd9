"""A declarative language for convolutional networks: shape checker, compiler, library."""
