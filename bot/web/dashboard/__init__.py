"""Every migration that a visitor may see, and a page for each."""
