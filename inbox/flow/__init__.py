"""CARRY: one verb a file. A verb is given the transaction (`Work`) and never commits by itself, except the loops."""
