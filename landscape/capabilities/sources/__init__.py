"""Files of anybody's examples: what format they have, which field is which, how answers are judged. No torch."""
