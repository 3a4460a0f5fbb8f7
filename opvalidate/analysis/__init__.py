"""Rules looked at as a program: exported for other judges, searched for contradictions, mutated."""
