"""YAML to rules: loading and checking a pack, selecting from it, and running its own tests."""
