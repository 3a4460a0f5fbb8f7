"""Update requests from a record and changes; the differences between a request and its record."""
