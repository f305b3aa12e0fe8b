"""TRANSLATE: a vendor's dialect outside, our words inside. No database, no web, no rules."""
