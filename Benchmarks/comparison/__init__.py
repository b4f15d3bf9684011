"""The parts of the comparison: what is compared, how it is measured, and what it must be."""
