"""Reports, held against numbers that are read by hand."""
