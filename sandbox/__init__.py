"""A small GitHub on localhost, for the demo and for scenario tests."""
