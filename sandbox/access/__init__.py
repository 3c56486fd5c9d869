"""Who may do what: people, tokens, permissions and refusals."""
