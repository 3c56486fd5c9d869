"""Runs a repository's own tests on every push."""
