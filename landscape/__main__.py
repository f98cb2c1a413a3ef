"""`python -m landscape`."""

from landscape.cli.main import main

main()
