"""A file of examples that is dropped on a page: kept, shown, and scored where nothing has moved yet."""
