"""What stands on every page: notes that a run has ended, and keyboard shortcuts."""
