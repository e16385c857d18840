"""A file that nobody has seen -> what it is: `files` joins layout, values and the match with the canonical columns."""
