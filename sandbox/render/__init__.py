"""The model as GitHub's JSON."""
