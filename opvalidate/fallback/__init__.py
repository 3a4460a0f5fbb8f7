"""Pure Python substitutes of the compiled libraries, with as much of their interfaces as opvalidate uses."""
