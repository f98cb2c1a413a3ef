"""The browser pages: what `pages/` puts together, one package a page, and `components` that they share."""
