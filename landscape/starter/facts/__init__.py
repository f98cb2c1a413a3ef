"""Tables of facts, and the questions with four options that are made from them."""
