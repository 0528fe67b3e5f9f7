"""From one acquisition to ledger rows."""
