"""What people see in a browser besides GitHub: pages without scripts, which change nothing except through GitHub."""
