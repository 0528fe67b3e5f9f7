"""Run the command line as `python -m venus_analysis`."""

from venus_analysis.cli import main

main()
