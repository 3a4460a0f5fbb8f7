"""opvalidate inside other programs; what each needs is imported when it is used."""
