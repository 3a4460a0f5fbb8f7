"""Schemas and rules compiled into one checker; a checker turns a document into findings."""
