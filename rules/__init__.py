"""DECIDE: pure functions over facts and a given time. Standard library only."""
