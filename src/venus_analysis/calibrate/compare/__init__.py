"""From ledger rows to comparisons of methods and mission phases, and to acceptance."""
