"""Review: what the saved sessions of athletes say, computed from records. Pure: data in, figures out."""
