"""One file a command: its docstring, examples and exit statuses are its `--help`."""
