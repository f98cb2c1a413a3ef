"""The first page: two fields, and the landscape of the pair that they name."""
