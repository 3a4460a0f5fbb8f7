"""The patterns of the rule language: parsed once, for the engine, for export and for analysis."""
