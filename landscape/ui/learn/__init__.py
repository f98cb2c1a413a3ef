"""The Learn page: lessons, their pictures and texts, the lecturer's view."""
