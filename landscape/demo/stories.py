"""Short stories from a small grammar: they read as English and give the model prose to continue."""

from random import Random

GIRLS = ("Anna", "Lucy", "Mia", "Rose", "Sara", "Nora", "Emma", "Kate")
BOYS = ("Tom", "Ben", "Max", "Leo", "Jack", "Sam", "Paul", "Finn")
NAMES = GIRLS + BOYS

_WORDS: dict[str, tuple[str, ...]] = {
    "kind": ("small", "kind", "clever", "quiet", "brave", "happy", "curious", "shy", "hungry", "funny"),
    "animal": ("fox", "bear", "rabbit", "mouse", "dog", "cat", "bird", "duck", "goat", "horse", "frog"),
    "place": ("near the old river", "in a little house", "at the edge of the forest", "by the sea", "on a green hill",
              "in a busy town", "on a small farm", "behind the school"),
    "relative": ("mother", "father", "grandmother", "uncle", "brother", "sister"),
    "time": ("One morning", "One day", "On a cold evening", "After lunch", "In the spring", "Late in the summer"),
    "thing": ("a red ball", "an old book", "a golden key", "a wooden boat", "a blue hat", "a small box",
              "a silver coin", "a broken toy", "a long rope", "a bright lamp"),
    "where": ("under a tree", "in the tall grass", "beside the road", "in the garden", "near the bridge",
              "at the market", "behind a big stone", "in the snow"),
    "food": ("an apple", "some bread", "a piece of cake", "a bowl of soup", "some cheese", "a warm pie"),
    "mood": ("happy", "sad", "tired", "surprised", "proud", "worried", "afraid"),
    "sky": ("The sun was warm", "The wind was cold", "The rain fell softly", "The sky was dark", "The snow was deep"),
}  # fmt: skip

_OPENINGS = (
    "{name} was a {kind} {animal} who lived {place}.",
    "Once there was a {kind} {child} named {name}. {He} lived {place} with {his} {relative}.",
    "There once lived a {kind} {animal} {place}. Everyone called {him} {name}.",
    "{name} and {friend} were good friends. They lived {place}.",
    "{sky}, and {name} sat {place} with {his} {relative}.",
)
_EVENTS = (
    "{time}, {name} found {thing} {where}.",
    "{time}, {he} went for a walk and saw {thing} {where}.",
    "{time}, {friend} came to visit and brought {thing}.",
    "{time}, {name} lost {thing} {where} and felt very {mood}.",
    "{time}, {his} {relative} gave {him} {thing} and {food}.",
)
_TALKS = (
    '"What is this?" asked {name}.',
    '"Look at that!" said {name} to {friend}.',
    '"Can you help me?" {he} asked {friend}. "Of course," said {friend}.',
    '"Do not be {mood}," said {his} {relative}.',
    '"I have never seen anything like it," said {friend}.',
    "{sky}, and {friend} was {mood}.",
    "{friend} looked at it for a long time and smiled.",
)
_TURNS = (
    "They looked everywhere, and at last they found a {kind} {animal} {where}.",
    "So {he} took it to {friend}, who lived {where}.",
    "Then {he} sat down {where} and ate {food}.",
    "Together they carried it home, and {his} {relative} made {food} for them.",
    "But the {animal} ran away with it, and {name} ran after it.",
)
_ENDINGS = (
    "In the end, everyone was happy, and they went home.",
    "That night {name} slept well and dreamed of {thing}.",
    "From that day on, {name} and {friend} were never {mood} again.",
    "{name} thanked {friend}, and they shared {food}.",
    "And when the moon came up, {he} told the story to {his} {relative}.",
)


def _cast(rng: Random) -> dict[str, str]:
    """Names and the pronouns that agree with them."""
    girl = rng.random() < 0.5
    name = rng.choice(GIRLS if girl else BOYS)
    friend = rng.choice([other for other in NAMES if other != name])
    he, him, his, child = ("she", "her", "her", "girl") if girl else ("he", "him", "his", "boy")
    return {"name": name, "friend": friend, "he": he, "He": he.capitalize(), "him": him, "his": his, "child": child}


def story(rng: Random) -> str:
    """One story of about seven sentences in one paragraph, ending in a newline."""
    cast = _cast(rng)
    talks = rng.sample(_TALKS, 2)
    cast["thing"] = rng.choice(_WORDS["thing"])  # the story is about one thing
    plot = [_OPENINGS, _EVENTS, talks[:1], _TURNS, talks[1:], _ENDINGS]
    sentences = [rng.choice(part) for part in plot]
    fillings = ({word: rng.choice(options) for word, options in _WORDS.items()} | cast for _ in sentences)
    return " ".join(map(str.format_map, sentences, fillings)) + "\n"
