"""REMEMBER: the only room that speaks SQL. Tables are nouns, the files beside them named questions about them."""
