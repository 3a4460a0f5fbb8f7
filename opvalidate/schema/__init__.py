"""JSON Schemas: their fields, the errors that they find, and their generation from AWS's service model."""
