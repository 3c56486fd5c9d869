"""Bare repositories, through git's plumbing."""
