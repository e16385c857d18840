"""Files -> rows or columns of text, each with its file and line. `load` picks the reader."""
