"""Coverage-guided fuzzing; see docs/security.md for how to run it, and what was seen."""
