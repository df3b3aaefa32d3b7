"""`python -m filterfeed`."""

from filterfeed.cli import main

main()
