"""Sentences whose last word is forced. Each prompt begins with the same three, which show that one word is wanted."""

from random import Random
from typing import Any

HEADER = "Snow is white.\nTwo and two make four.\nThe opposite of early is late.\n"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
            "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth",
            "nineteenth", "twentieth")  # fmt: skip
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
           "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty")  # fmt: skip

# One word after the last space of a line is the answer; a letter before the line says what it is of.
_OPPOSITES = (
    "hot cold,big small,up down,happy sad,open closed,left right,day night,rich poor,full empty,wet dry,"
    "strong weak,fast slow,black white,hard soft,long short,high low,true false,north south,east west,inside outside,"
    "love hate,good bad,clean dirty,hello goodbye,first last,near far,heavy light,thick thin,begin end,yes no,front back,"
    "warm cool,wide narrow,win lose,buy sell,question answer"
)
_IDIOMS = """
Salt and pepper
Black and white
Ladies and gentlemen
Once upon a time
A needle in a haystack
Actions speak louder than words
Better late than never
Practice makes perfect
An apple a day keeps the doctor away
The early bird catches the worm
Two heads are better than one
Every cloud has a silver lining
When in Rome, do as the Romans do
A picture is worth a thousand words
Don't judge a book by its cover
All that glitters is not gold
Where there is smoke, there is fire
He was as quiet as a mouse
Be careful what you wish for
Curiosity killed the cat
Rome was not built in a day
It was a piece of cake
Last but not least
The bride and groom
Thunder and lightning
He put all his eggs in one basket
We went from door to door
They lived happily ever after
"""
_FACTS_EASY = """
At night we see the moon and the stars
Bees make honey
A week has seven days
A year has twelve months
The capital of France is Paris
The capital of Italy is Rome
The capital of England is London
The capital of Japan is Tokyo
The first month of the year is January
The last month of the year is December
A baby dog is called a puppy
A baby cat is called a kitten
A triangle has three sides
A square has four sides
A spider has eight legs
We see with our eyes
We hear with our ears
A dog barks and a cat meows
A car has four wheels
A human hand has five fingers
The capital of Spain is Madrid
The capital of Germany is Berlin
The capital of Russia is Moscow
The capital of China is Beijing
The capital of Egypt is Cairo
The capital of Greece is Athens
The plural of woman is women
The plural of tooth is teeth
The past tense of come is came
The past tense of run is ran
The past tense of write is wrote
The past tense of give is gave
The day between Monday and Wednesday is Tuesday
The sun rises in the east
The sun sets in the west
Romeo loved Juliet
The plural of child is children
The plural of mouse is mice
The plural of foot is feet
The plural of man is men
The past tense of go is went
The past tense of see is saw
The past tense of eat is ate
The past tense of take is took
The author of Hamlet is William Shakespeare
"""
_IDIOMS_HARD = """
The pen is mightier than the sword
A rolling stone gathers no moss
A bird in the hand is worth two in the bush
Too many cooks spoil the broth
The proof of the pudding is in the eating
People who live in glass houses should not throw stones
You cannot make an omelette without breaking eggs
Absence makes the heart grow fonder
Fools rush in where angels fear to tread
Pride comes before a fall
Still waters run deep
Necessity is the mother of invention
Make hay while the sun shines
A stitch in time saves nine
Let sleeping dogs lie
Out of the frying pan into the fire
"""
_FACTS_HARD = """
A group of lions is called a pride
A group of wolves is called a pack
A group of crows is called a murder
A female fox is called a vixen
A male duck is called a drake
A female horse is called a mare
A baby swan is called a cygnet
A baby hare is called a leveret
A person who studies stars is called an astronomer
A person who studies insects is called an entomologist
A person who studies fossils is called a paleontologist
A polygon with eight sides is called an octagon
A polygon with seven sides is called a heptagon
The chemical symbol of gold is Au
The chemical symbol of iron is Fe
The chemical symbol of silver is Ag
The chemical symbol of sodium is Na
The chemical symbol of lead is Pb
The capital of Australia is Canberra
The capital of Canada is Ottawa
The capital of Turkey is Ankara
The capital of Mongolia is Ulaanbaatar
The capital of New Zealand is Wellington
The capital of Switzerland is Bern
The capital of Morocco is Rabat
The plural of ox is oxen
The plural of thesis is theses
The plural of cactus is cacti
The plural of criterion is criteria
The plural of phenomenon is phenomena
The plural of crisis is crises
The past tense of seek is sought
The past tense of teach is taught
The past participle of swim is swum
The past participle of forsake is forsaken
The author of War and Peace is Leo Tolstoy
The author of Don Quixote is Miguel de Cervantes
The square root of one hundred and forty-four is twelve
"""
_REVERSED = "star live evil time door moon ten part loop drawer pots keels smart knits spoons reward"


def examples(rng: Random) -> list[dict[str, Any]]:
    """Return the sentences: easy ones of everyday facts and sequences, hard ones of rarer facts and of steps."""
    found = [_example("easy", "opposites", f"The opposite of {a} is {b}") for a, b in _pairs(_OPPOSITES)]
    for tier, domain, lines in (("easy", "idioms", _IDIOMS), ("easy", "facts", _FACTS_EASY),
                                ("hard", "idioms", _IDIOMS_HARD), ("hard", "facts", _FACTS_HARD)):  # fmt: skip
        found += [_example(tier, domain, line) for line in lines.split("\n") if line]
    return found + _sequences() + _steps(rng)


def _example(tier: str, domain: str, sentence: str) -> dict[str, Any]:
    before, _, answer = sentence.rpartition(" ")
    return {"prompt": HEADER + before, "answer": f" {answer}.\n", "tags": [tier, domain]}


def _pairs(text: str) -> list[list[str]]:
    return [pair.split(" ") for pair in text.split(",")]


def _sequences() -> list[dict[str, Any]]:
    """Return what follows in well-known orders, which many texts hold."""
    said = [f"The day after {a} is {b}" for a, b in zip(DAYS, DAYS[1:] + DAYS[:1], strict=True)]
    said += [f"The month after {a} is {b}" for a, b in zip(MONTHS, MONTHS[1:] + MONTHS[:1], strict=True)]
    said += [f"{', '.join(LETTERS[at : at + 5])}".replace(", ", " ") for at in range(0, 20, 2)]
    said += [f"{' '.join(NUMBERS[at : at + 5])}".capitalize() for at in range(1, 15)]
    said += [f"{' '.join(ORDINALS[at : at + 4])}".capitalize() for at in range(7)]
    said += [f"{' '.join(str(step * k) for k in range(1, 6))}" for step in (2, 5, 10, 3, 4)]
    return [_example("easy", "sequences", one) for one in said]


def _steps(rng: Random) -> list[dict[str, Any]]:
    """Return sentences that take a step or two: to count, to look back, to spell."""
    said = [f"The letter before {b} is {a}" for a, b in zip(LETTERS[2::2], LETTERS[3::2], strict=False)]
    said += [f"The {ORDINALS[at]} letter of the alphabet is {LETTERS[at]}" for at in range(5, 20)]
    said += [f"The day before {b} is {a}" for a, b in zip(DAYS, DAYS[1:] + DAYS[:1], strict=True)]
    for start in range(7):
        steps = rng.randint(8, 12)
        said.append(f"The day {NUMBERS[steps]} days after {DAYS[start]} is {DAYS[(start + steps) % 7]}")
    for start in range(12):
        steps = rng.randint(3, 8)
        said.append(f"The month {NUMBERS[steps]} months after {MONTHS[start]} is {MONTHS[(start + steps) % 12]}")
    said += [f"The {ORDINALS[at]} month of the year is {MONTHS[at]}" for at in range(4, 11)]
    said += [f"Spelled backwards, {word} is {word[::-1]}" for word in _REVERSED.split(" ")]
    for start, step in ((7, 6), (4, 9), (13, 4), (50, -7), (90, -11), (6, 13), (23, 8), (100, -9), (11, 12), (17, 7)):
        said.append(" ".join(str(start + step * k) for k in range(5)))
    for start, factor in ((3, 2), (5, 2), (2, 3), (7, 2), (4, 3), (11, 2), (5, 3)):
        said.append(" ".join(str(start * factor**k) for k in range(5)))
    said += [" ".join(LETTERS[at + 3 * k] for k in range(5)) for at in (0, 2, 5, 7, 11)]
    said += [" ".join(LETTERS[at - 2 * k] for k in range(5)) for at in (25, 22, 17, 14)]
    return [_example("hard", "steps", one) for one in said]
