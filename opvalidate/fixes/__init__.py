"""What a rule's fix changes, and how fixes are applied to a text."""
