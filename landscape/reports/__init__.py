"""Results become text: tables for a terminal, plain values for JSON and CSV, the report of an inspection."""
