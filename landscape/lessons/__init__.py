"""Seven lessons about basins: sentences, questions and answers, each filled in from a measured result. No model."""
