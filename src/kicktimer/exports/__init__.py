"""Saved sessions in the formats of other programs. Pure: session records in, text or bytes out."""
