"""Charts as lines of plain text: the symbols carry the meaning, and no line is wider than asked for. Pure."""
