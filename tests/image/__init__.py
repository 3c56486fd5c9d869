"""The Dockerfile's steps, run without a container engine."""
