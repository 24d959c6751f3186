"""The exports: what other programs and other people get."""
