"""The lost and won examples of an inspection, and its tags, as JSON, Markdown, a line for the terminal, and files."""
