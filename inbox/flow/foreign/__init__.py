"""What other help desks call things, in our words: pure, and without any of their libraries.

Each module reads the records of one product's export (or what its API returned, saved) and gives `Talk`s. What cannot
be understood is skipped and counted, never guessed.
"""
