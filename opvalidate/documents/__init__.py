"""Text to documents: JSON, JSON Lines and YAML, with positions and with what is wrong in the text."""
