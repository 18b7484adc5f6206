"""What WordPress says: user documents and the two ways to carry them out."""
