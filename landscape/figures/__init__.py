"""Results become plotly figures: one file a figure, nothing measured here."""
