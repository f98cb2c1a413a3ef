"""What a run costs, foreseen: memory, the smaller run that answers the same question, the parts of an inspection."""
