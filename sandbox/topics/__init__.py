"""What people and Apps do, by topic."""
