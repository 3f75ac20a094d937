"""One file a scorer. A score without a value is unscored, which is never the same as zero."""
