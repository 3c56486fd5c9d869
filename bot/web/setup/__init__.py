"""Set-up: a server without an App makes one by GitHub's manifest flow, and goes on with it."""
