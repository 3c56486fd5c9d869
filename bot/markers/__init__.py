"""Every hidden comment and every commit trailer: written and read here, and only here."""
