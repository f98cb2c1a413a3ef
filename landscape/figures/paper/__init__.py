"""Figures for a paper: laid out at the printed size, with their caption, as SVG, PDF and PNG."""
