"""What users see of a result: tables of sentences, violations, phrases of messages, Markdown, progress."""
