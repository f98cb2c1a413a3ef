"""Results for other programs: labelled reports, experiment trackers, Parquet, LaTeX, evaluation results of the hub."""
