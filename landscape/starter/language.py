"""Pairs of sentences that differ in grammar alone: the right one should be the likelier."""

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

Pair = tuple[str, str, str, str, str]  # tier, construction, beginning, right end, wrong end

_PEOPLE = "boy girl teacher doctor farmer singer neighbour pilot".split(" ")
_DOING = (("is", "are", "tired"), ("has", "have", "left"), ("was", "were", "late"), ("sleeps", "sleep", "a lot"))

# A line: the construction, then beginnings with a right and a wrong end, for lists of words in braces.
_EASY = """
determiner|I bought these|books|book
determiner|She likes this|song|songs
determiner|He washed those|cups|cup
determiner|We watched that|film|films
determiner|They painted both|walls|wall
determiner|He read every|page|pages
tense|Yesterday she|walked home|walks home
tense|Last week they|bought a car|buy a car
tense|Tomorrow he|will leave|left
tense|Next year we|will move|moved
tense|Two days ago I|saw him|see him
tense|Last night it|rained a lot|rains a lot
tense|At the moment she|is cooking|cooked
auxiliary|She has|eaten the cake|ate the cake
auxiliary|They can|swim well|swims well
auxiliary|He must|go now|goes now
auxiliary|We have|seen the film|saw the film
auxiliary|Did you|hear the news|heard the news
auxiliary|I will|call you|called you
case|The dog followed|us|we
case|He gave the book to|me|I
case|This is a present for|them|they
case|She invited|him|he
case|We talked with|her|she
case|The teacher helped|them|they
word order|She lives in a|small house|house small
word order|He wore a|red shirt|shirt red
word order|They saw an|old tree|tree old
word order|I do not|like snakes|snakes like
word order|Where did you|put the keys|the keys put
word order|She asked me where the station|was|is was
verb pattern|She enjoys|swimming|to swim
verb pattern|He wants|to leave|leaving
verb pattern|They finished|eating|to eat
verb pattern|We decided|to stay|staying
verb pattern|She let him|go|to go
verb pattern|He avoided|answering|to answer
preposition|It depends|on the weather|of the weather
preposition|She is good|at chess|in to chess
preposition|He is afraid|of spiders|from spiders
preposition|They are interested|in music|on music
preposition|We arrived|at the station|to the station
preposition|She married|him|with him
comparison|He is taller|than his brother|as his brother
comparison|She is as tall|as her mother|than her mother
comparison|This is the|biggest house|bigger house of all
comparison|Gold is more|expensive than iron|expensive as iron
count|She has too many|books|luggage
count|There is not much|water|bottles
count|He owns several|cars|furniture
count|We need a few|chairs|money
relative|The man|who called is my uncle|which called is my uncle
relative|The woman|whose car was stolen cried|who car was stolen cried
negation|I have never|been there|not been there
negation|She does not|know him|knows him
negation|Nobody|knows him|doesn't know him not
plural|She bought two|loaves of bread|loaf of bread
plural|There were many|children|childs
plural|He has lost three|teeth|tooths
plural|The cat caught four|mice|mouses
plural|He raised two|wolves|wolfs
plural|I saw some|women|womans
auxiliary|Does he|live here|lives here
auxiliary|She should|be here|is here
tense|Every day he|walks to work|walk to work
word order|Never|go there alone|there go alone
"""
_HARD = """
number|The number of visitors|is rising|are rising
number|A number of visitors|have complained|has complained
number|Each of the boys|has a bicycle|have a bicycle
number|One of the students who sit here|is my cousin|are my cousin
number|Every one of these cars|was stolen|were stolen
number|The quality of the apples|was poor|were poor
number|The list of names|is long|are long
number|The smell of the flowers|was sweet|were sweet
number|Both the teacher and the boy|are late|is late
number|Ten minutes|is a long time to wait|are a long time to wait
existential|There|were two books on the desk|was two books on the desk
existential|On the wall|hang three paintings|hangs three paintings
existential|Behind the houses|stands an old oak|stand an old oak
existential|Here|come the runners|comes the runners
inversion|Never before have|we seen such rain|we saw such rain
inversion|Seldom does|she sing|she sings
inversion|Not only did|he arrive late|he arrived late
inversion|Under no circumstances should|you open it|you opened it
inversion|Only then did|they understand|they understood
inversion|Hardly had she|closed the door when it rang|closes the door when it rang
inversion|So loud was|the music that we left|the music as we left
tag|She can swim,|can't she?|doesn't she?
tag|They went home,|didn't they?|weren't they?
tag|You are not angry,|are you?|do you?
tag|She has finished,|hasn't she?|doesn't she?
tag|He never smiles,|does he?|doesn't he?
tag|Let's go home,|shall we?|don't we?
tag|There is no milk left,|is there?|is it?
arguments|The teacher explained|the rule to us|us the rule
arguments|He suggested|a film to me|me a film
arguments|She described|the thief to the police|the police the thief
arguments|They discussed|the plan|about the plan
arguments|She filled|the glass with water|water into the glass
arguments|He poured|water into the glass|the glass with water
arguments|The trick made the audience|laugh|to laugh
arguments|The sun caused the ice|to melt|melt
arguments|She reminded|him of the meeting|of the meeting to him
participle|The bell was|rung at noon|rang at noon
participle|They had already|drunk the water|drank the water
participle|The song was|sung twice|sang twice
participle|She had never|swum so far|swam so far
participle|The letter was|written by hand|wrote by hand
participle|He has|gone to bed|went to bed
participle|The shirt has|shrunk in the wash|shrank in the wash
participle|The coat was|torn by a nail|tore by a nail
gap|I know what the boy|bought yesterday|bought the book yesterday
gap|I know that the boy|bought the book yesterday|bought yesterday
gap|She told us who the teacher|praised at school|praised the girl at school
gap|She told us that the teacher|praised the girl at school|praised at school
gap|He showed me the cake that she|baked this morning|baked the bread this morning
gap|They found the key that the man|lost in the park|lost it in the park
gap|Which car did the mechanic|repair last week|repair the truck last week
gap|This is the house that we|sold last year|sold it last year
island|Who did Anna say|called her|that called her
island|The letter, which|I read twice, was lost|I read it twice, was lost
condition|If I had known, I|would have called|would call yesterday
condition|If she were here, she|would help us|helps us
condition|I wish I|were taller|am taller
condition|Had they left earlier, they|would have caught the train|will catch the train
polarity|She has seen|the film already|the film yet
polarity|She has not seen|the film yet|the film already yet
polarity|He is not tall, and she is not|either|too
polarity|She did not like it, and|neither did he|so did he
polarity|She liked it, and|so did he|neither did he
"""


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the pairs; which end comes first is a matter of chance."""
    found = []
    for tier, construction, begins, right, wrong in [*_listed(), *_agreement(), *_anaphora(rng)]:
        ends = [f" {end}" if end.endswith("?") else f" {end}." for end in (right, wrong)]
        place = rng.randrange(2)
        tags = [tier, construction]
        found.append({"prompt": begins, "choices": ends[:: 1 - 2 * place], "answer": place, "tags": tags})
    return found


def _listed() -> Iterator[Pair]:
    for tier, lines in (("easy", _EASY), ("hard", _HARD)):
        for line in filter(None, lines.split("\n")):
            construction, begins, right, wrong = line.split("|")
            yield tier, construction, begins, right, wrong


def _agreement() -> Iterator[Pair]:
    """Yield verbs that agree with their subject: next to it, or with other nouns between them."""
    for at, (person, (one, many, rest)) in enumerate(product(_PEOPLE, _DOING)):
        other = _PEOPLE[(at + 3) % 8 if _PEOPLE[(at + 3) % 8] != person else (at + 5) % 8]
        third = next(name for name in _PEOPLE if name not in (person, other))
        ends = (f"{one} {rest}", f"{many} {rest}")
        yield "easy", "agreement", f"The {person}", *ends
        yield "easy", "agreement", f"The {person}s", *ends[::-1]
        if at % 2 == 0:
            yield "hard", "agreement past nouns", f"The {person} behind the {other}s", *ends
            yield (
                "hard",
                "agreement past a clause",
                f"The {person}s who the {other} with the {third} knows",
                *ends[::-1],
            )
        else:
            yield "hard", "agreement past nouns", f"The {person}s behind the {other} and near the {third}", *ends[::-1]
            yield "hard", "agreement past a clause", f"The {person} who the {other}s of the {third}s know", *ends


def _anaphora(rng: Random) -> Iterator[Pair]:
    """Yield reflexives that fit the one who acts, and words as `ever` where nothing allows them."""
    women, men = (
        "aunt queen mother sister waitress actress niece".split(" "),
        "uncle king father brother waiter actor nephew".split(" "),
    )
    verbs = ("hurt", "blamed", "saw", "admired", "praised", "introduced", "washed")
    for verb, woman, man in zip(verbs, women, men, strict=True):
        yield "easy", "anaphora", f"The {woman} {verb}", "herself", "himself"
        yield "easy", "anaphora", f"The {man} {verb}", "himself", "herself"
        yield "easy", "anaphora", f"The {man}s {verb}", "themselves", "himself"
        yield "hard", "anaphora past a clause", f"The {woman} who the {man}s like {verb}", "herself", "themselves"
        yield "hard", "anaphora past a clause", f"The {man} of the {woman} {verb}", "himself", "herself"
    ends = (("often complained", "ever complained"), ("really cared", "ever cared"))
    for (right, wrong), person in product(ends, _PEOPLE):
        other = rng.choice([name for name in _PEOPLE if name != person])
        yield "hard", "polarity past a clause", f"The {person}s who no {other} likes have", right, wrong
