"""The sample repository: a shop in the middle of a migration that was started twice and never finished."""
