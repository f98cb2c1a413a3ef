"""How answers are read: which tokens once for all, in which batches, in which forward passes."""
