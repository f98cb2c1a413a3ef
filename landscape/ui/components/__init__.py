"""What pages share: frame, links, pickers, the live chart, measuring a spec, words of the interface."""
