"""What nobody can be sure of, settled after the rows are collected; `settle` calls the rest in their order."""
