"""The imports: what other programs have written."""
