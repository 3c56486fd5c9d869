"""What REST, GraphQL and git share: callers and answers."""
