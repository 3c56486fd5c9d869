"""Markdown, code and charts as safe HTML."""
