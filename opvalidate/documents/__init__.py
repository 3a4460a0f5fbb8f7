"""Text to documents: JSON, JSON Lines and YAML, with positions and the problems of the text."""
