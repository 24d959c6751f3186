"""Sessions, athletes and seasons as HTML pages: one file each, with its charts, without scripts and without links."""
