"""Instructions whose fulfilment a pattern or a number decides. Each example holds a reply that fulfils it."""

from collections.abc import Iterator
from random import Random
from typing import Any

_NEW_TOKENS = 32
Task = tuple[str, str, str, str, str]  # tier, kind, prompt, oracle, a good reply

_YES = (
    "Is ice cold?", "Is fire hot?", "Can birds sing?", "Is the sky above us?", "Do fish live in water?",
    "Is a day shorter than a week?", "Do dogs bark?", "Is ten more than two?", "Is sugar sweet?", "Do cows eat grass?",
    "Is Paris in France?", "Do people need water?", "Is winter colder than summer?", "Can a plane fly?",
)  # fmt: skip
_NO = (
    "Is the sun cold?", "Can a stone swim?", "Is a mouse bigger than a horse?", "Do trees have legs?", "Is snow black?",
    "Can a snake walk?", "Is a week longer than a year?", "Do cats lay eggs?", "Is two more than nine?", "Is milk blue?",
    "Is London in Japan?", "Can a chair talk?", "Is a feather heavier than a car?", "Do fish have wings of wood?",
)  # fmt: skip
_COUNTS = (
    ("How many legs does a dog have?", 4), ("How many days are in a week?", 7), ("What is 6 plus 3?", 9),
    ("How many months are in a year?", 12), ("What is 10 minus 4?", 6), ("How many wheels does a bicycle have?", 2),
    ("What is 5 times 2?", 10), ("How many sides does a triangle have?", 3), ("What is 20 plus 5?", 25),
    ("How many minutes are in an hour?", 60), ("How many eyes does a cat have?", 2), ("What is 7 plus 8?", 15),
    ("How many hours are in a day?", 24), ("How many sides does a square have?", 4), ("What is 9 minus 8?", 1),
    ("How many legs does a spider have?", 8), ("What is 3 times 4?", 12), ("What is 50 plus 50?", 100),
    ("How many letters are in the word cat?", 3), ("How many seconds are in a minute?", 60),
    ("What is half of 16?", 8), ("How many wheels does a car have?", 4), ("What is 12 minus 2?", 10),
    ("How many fingers are on one hand?", 5), ("What is 11 plus 11?", 22), ("What is 4 times 4?", 16),
)  # fmt: skip
_PAIRS = (
    "bigger|horse|ant", "hotter|fire|ice", "faster|car|snail", "heavier|stone|feather", "sweeter|honey|salt",
    "louder|drum|whisper", "brighter|sun|candle", "taller|tree|flower", "older|grandmother|baby", "harder|steel|butter",
    "longer|river|finger", "softer|pillow|brick", "deeper|ocean|puddle", "colder|snow|soup", "wetter|rain|sand",
    "lighter|paper|iron", "sharper|knife|spoon", "slower|turtle|rocket", "smaller|mouse|elephant", "higher|mountain|hill",
    "drier|desert|lake", "rounder|ball|box", "stronger|lion|kitten", "newer|smartphone|steam engine", "wider|sea|pond",
    "quieter|library|concert",
)  # fmt: skip
_WORDS = (
    "apple", "river", "candle", "window", "garden", "silver", "monkey", "thunder", "paper", "rabbit", "orange", "bridge",
    "pencil", "island", "butter", "winter", "castle", "feather", "mirror", "dragon", "forest", "violin", "pepper",
    "lantern", "marble", "turtle",
)  # fmt: skip
_SENTENCES = (
    "The cat sleeps on the warm roof", "My brother plays the old piano", "Rain falls on the quiet street",
    "We bought bread at the market", "The train leaves at noon", "Her garden is full of roses",
    "A small boat crosses the lake", "The moon shines over the hills", "They walk home after school",
    "His coat is hanging by the door", "The soup is still too hot", "Birds fly south in autumn",
    "She wrote a letter to her aunt", "The shop is closed on Sunday", "Snow covers the old bridge",
    "I forgot my umbrella again", "The baker gets up very early", "Our dog likes to chase balls",
    "The lamp in the hall is broken", "He found a coin in the sand", "The river is wide and slow",
    "Grandmother tells us a story", "The clock on the tower stopped", "We saw a fox near the barn",
    "The children built a tall tower", "A cold wind blows from the sea",
)  # fmt: skip
_TOPICS = (
    "rain", "bread", "the sea", "a cat", "a bicycle", "winter", "music", "a garden", "the moon", "a train", "tea",
    "a forest", "a school", "a horse", "the sun", "a city", "friendship", "sleep", "snow", "a book",
)  # fmt: skip
_KINDS = (
    ("fruits", "apple|pear|plum"), ("animals", "dog|cat|cow"), ("colours", "red|green|blue"), ("cities", "Rome|Paris|Oslo"),
    ("vegetables", "carrot|onion|leek"), ("drinks", "tea|milk|juice"), ("sports", "tennis|golf|chess"),
    ("tools", "hammer|saw|drill"), ("countries", "Peru|Chad|Fiji"), ("rivers", "Nile|Rhine|Seine"),
    ("birds", "owl|crow|robin"), ("trees", "oak|elm|ash"), ("metals", "iron|gold|tin"), ("months", "May|June|July"),
    ("flowers", "rose|tulip|lily"), ("instruments", "piano|flute|harp"), ("planets", "Mars|Venus|Saturn"),
    ("clothes", "hat|coat|shoe"), ("fish", "trout|carp|salmon"), ("insects", "ant|bee|fly"),
)  # fmt: skip
_PEOPLE = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Ida", "Jack", "Karl", "Laura", "Maria",
           "Nora", "Oscar", "Paula", "Ruth", "Simon", "Tom", "Vera")  # fmt: skip


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the instructions: easy ones of one plain demand, hard ones of form."""
    return [
        {"prompt": prompt, "answer": reply, "oracle": oracle, "max_new_tokens": _NEW_TOKENS, "tags": [tier, kind]}
        for tier, kind, prompt, oracle, reply in [*_easy(), *_hard(rng)]
    ]


def _easy() -> Iterator[Task]:
    for answer, questions in (("yes", _YES), ("no", _NO)):
        for question in questions:
            yield (
                "easy",
                "yes or no",
                f"Answer with yes or no only. {question}",
                rf"regex:(?i)^\W*{answer}\W*$",
                answer.title(),
            )
    for question, count in _COUNTS:
        yield "easy", "number", f"{question} Answer with a number only.", rf"regex:^\W*{count}\W*$", f"{count}"
    for quality, right, wrong in (line.split("|") for line in _PAIRS):
        first, second = sorted((right, wrong))
        asked = f"Which is {quality}: {first} or {second}? Answer with one of these words and nothing else."
        yield "easy", "choice of two", asked, rf"regex:(?i)^\W*(?:the |an? )?{right}\W*$", right
    for word in _WORDS:
        asked = f"Write the word {word} three times, separated by commas, and nothing else."
        yield "easy", "repetition", asked, rf"regex:(?i)^\W*{word}, ?{word}, ?{word}\W*$", f"{word}, {word}, {word}"
    for sentence in _SENTENCES:
        asked = f"Repeat this sentence exactly and write nothing else: {sentence}."
        yield "easy", "copy", asked, rf"regex:^\W*{sentence}\W*$", f"{sentence}."
    for word, topic in zip(_WORDS, [*_TOPICS, *_TOPICS], strict=False):
        asked = f"Write one sentence about {topic}. Begin with the word {word.title()}."
        yield "easy", "beginning", asked, rf"regex:^\W*{word.title()}\b", f"{word.title()} is what I think of here."


def _hard(rng: Random) -> Iterator[Task]:
    for topic, word, name in zip(_TOPICS, rng.sample(_WORDS, len(_TOPICS)), _PEOPLE, strict=True):
        one = f"Write one short sentence about {topic}"
        yield (
            "hard",
            "capitals",
            f"{one}, in capital letters only.",
            r"regex:^[^a-z]*[A-Z]{2}[^a-z]*$",
            f"I LIKE {topic.upper()}.",
        )
        yield (
            "hard",
            "small letters",
            f"{one}, without any capital letter.",
            "regex:^[^A-Z]*[a-z]{2}[^A-Z]*$",
            f"i like {topic}.",
        )
        yield (
            "hard",
            "three words",
            f"Describe {topic} in exactly three words.",
            r"regex:^\W*\w+\W+\w+\W+\w+\W*$",
            "Simply very nice.",
        )
        yield (
            "hard",
            "ending",
            f"{one}. The last word must be {word}.",
            rf"regex:(?i)\b{word}\W*$",
            f"It reminds me of a {word}.",
        )
        asked = f'Write a JSON object and nothing else. Its only key is "{word}" and its value is "{name}".'
        yield "hard", "JSON", asked, rf'regex:^\s*\{{\s*"{word}"\s*:\s*"{name}"\s*\}}\s*$', f'{{"{word}": "{name}"}}'
    for kind, names in _KINDS:
        some = names.split("|")
        asked = f"Name three {kind}, one on each line, with a dash and a space before each and nothing else."
        yield (
            "hard",
            "list",
            asked,
            r"regex:^\s*- [^\n]+\n+- [^\n]+\n+- [^\n]+\n*$",
            "\n".join(f"- {one}" for one in some),
        )
        asked = f"Name three {kind} in one line, separated by semicolons, and nothing else."
        yield "hard", "semicolons", asked, r"regex:^[^;\n]+;[^;\n]+;[^;\n]+$", "; ".join(some)
    for start in range(6, 26):
        numbers = [str(start - k) for k in range(4)]
        asked = f"Count down from {start} to {start - 3}, with a space between the numbers and nothing else."
        yield "hard", "countdown", asked, rf"regex:^\W*{' '.join(numbers)}\W*$", " ".join(numbers)
