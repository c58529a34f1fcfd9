"""Running a net: inputs and weights from files, the values of its layers, and how they are shown and saved."""
