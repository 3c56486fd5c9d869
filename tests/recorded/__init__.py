"""What GitHub and other projects publish of GitHub's answers and payloads, read by Drover's own code."""
