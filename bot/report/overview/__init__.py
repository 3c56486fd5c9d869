"""What the pages say of a migration."""
