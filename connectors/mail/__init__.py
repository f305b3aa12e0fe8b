"""Mail: IMAP, SMTP and LMTP on the outside, our words on the inside."""
