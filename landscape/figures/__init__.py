"""Results become Plotly figures: one module a figure, one package a page. Nothing is measured here."""
