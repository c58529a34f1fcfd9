"""What could break netspec, by chance or by design. The suite tries a little of it, ``python -m tests.fuzz`` more."""
