"""Update requests made from a record and changes; the difference between request and record."""
