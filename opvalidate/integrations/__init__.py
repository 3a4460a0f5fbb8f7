"""opvalidate inside other programs. Each integration imports its dependencies when it is used."""
