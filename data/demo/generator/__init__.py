"""The parts of `make_demo.py`: people, their orders, and what was written down about them."""
