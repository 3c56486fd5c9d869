"""The hidden marks in what Drover writes on GitHub: written and read here, and only here."""

STATUS_MARKER = "<!-- drover:status -->"
