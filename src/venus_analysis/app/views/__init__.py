"""Bodies of the pages: widgets bound to tested functions, nothing computed here."""
