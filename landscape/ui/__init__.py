"""What the pages share: frame, pickers, words, the live chart."""
