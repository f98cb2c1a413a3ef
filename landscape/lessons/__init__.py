"""The lessons: sentences, questions and answers, each filled in from a result."""
