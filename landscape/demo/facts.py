"""Simple facts of the world, each told in several wordings; one wording of every fact is kept for examination."""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """Facts of one kind. A wording is a sentence's beginning: it holds {x}, and the answer completes it."""

    wordings: tuple[str, ...]
    answers: dict[str, str]  # x -> what completes the sentence


@dataclass(frozen=True)
class Statement:
    """One fact in one wording: `prompt` + `answer` is a whole sentence with its full stop and newline."""

    prompt: str
    answer: str
    held_out: bool


def _pairs(text: str) -> dict[str, str]:
    """Read `x: answer` pairs separated by commas."""
    return {x.strip(): y.strip() for x, y in (pair.split(":") for pair in text.replace("\n", " ").split(","))}


def _grouped(text: str) -> dict[str, str]:
    """Read `answer: x, x, x` groups separated by semicolons."""
    groups = (group.split(":") for group in text.replace("\n", " ").split(";"))
    return {x.strip(): answer.strip() for answer, members in groups for x in members.split(",")}


_CAPITALS = _pairs("""France: Paris, Italy: Rome, Spain: Madrid, Germany: Berlin, England: London, Ireland: Dublin,
    Portugal: Lisbon, Greece: Athens, Austria: Vienna, Poland: Warsaw, Norway: Oslo, Sweden: Stockholm,
    Finland: Helsinki, Denmark: Copenhagen, Hungary: Budapest, Belgium: Brussels, Russia: Moscow, Turkey: Ankara,
    Egypt: Cairo, Kenya: Nairobi, Ghana: Accra, Morocco: Rabat, China: Beijing, Japan: Tokyo, India: Delhi,
    Iran: Tehran, Iraq: Baghdad, Nepal: Kathmandu, Thailand: Bangkok, Vietnam: Hanoi, Canada: Ottawa, Cuba: Havana,
    Peru: Lima, Chile: Santiago, Colombia: Bogota, Ecuador: Quito, Iceland: Reykjavik, Scotland: Edinburgh,
    Wales: Cardiff, Bulgaria: Sofia, Romania: Bucharest, Ukraine: Kyiv, Latvia: Riga, Lebanon: Beirut""")

_CONTINENTS = _grouped("""Europe: France, Italy, Spain, Germany, England, Ireland, Portugal, Greece, Austria, Poland,
    Norway, Sweden, Finland, Denmark, Hungary, Belgium; Africa: Egypt, Kenya, Ghana, Morocco;
    Asia: China, Japan, India, Iran, Iraq, Nepal, Thailand, Vietnam; America: Canada, Cuba, Peru, Chile, Colombia""")

_OPPOSITES = _pairs("""hot: cold, big: small, old: young, fast: slow, high: low, open: closed, happy: sad, light: dark,
    day: night, up: down, wet: dry, hard: soft, rich: poor, full: empty, near: far, early: late, clean: dirty,
    loud: quiet, strong: weak, heavy: light, left: right, true: false, first: last, long: short, wide: narrow,
    good: bad, in: out, new: old, sweet: sour, thick: thin, brave: afraid, begin: end, love: hate, win: lose,
    buy: sell, push: pull, come: go, give: take, laugh: cry, remember: forget, float: sink, rise: fall""")

_YOUNG = _pairs("""dog: puppy, cat: kitten, cow: calf, horse: foal, sheep: lamb, goat: kid, pig: piglet, hen: chick,
    duck: duckling, goose: gosling, bear: cub, deer: fawn, frog: tadpole, swan: cygnet, kangaroo: joey""")

_SOUNDS = _pairs("""dog: bark, cat: meow, cow: moo, horse: neigh, sheep: bleat, pig: oink, duck: quack, lion: roar,
    wolf: howl, frog: croak, owl: hoot, bee: buzz, snake: hiss, mouse: squeak, crow: caw, hen: cluck""")

_HOMES = _pairs("""bird: nest, bee: hive, dog: kennel, spider: web, bear: den, rabbit: burrow, horse: stable,
    pig: sty, king: castle, camper: tent, lion: den, ant: hill""")

_COLOURS = _grouped("""red: blood, a tomato, a strawberry, a ruby, a fire engine; yellow: a lemon, a banana, butter,
    a canary, the sun; green: grass, a leaf, a frog, a cucumber, a pea; white: snow, milk, salt, a swan, chalk;
    black: coal, a crow, tar, the night; blue: the sky, the sea, a sapphire; orange: a carrot, a pumpkin;
    brown: chocolate, coffee, soil; grey: an elephant, ash, a mouse; pink: a flamingo, a pig""")

_MATERIALS = _grouped("""wood: table, door, fence, pencil; glass: window, bottle, mirror, lens;
    paper: book, letter, newspaper, map; wool: scarf, sweater, blanket; metal: key, nail, coin, spoon, bell;
    leather: belt, saddle, boot; clay: brick, pot; rubber: tyre, hose; cotton: shirt, towel""")

_KINDS = _grouped("""flower: rose, tulip, daisy, lily, violet; tree: oak, pine, birch, maple, willow;
    fruit: apple, pear, plum, cherry, grape, peach; vegetable: carrot, onion, potato, cabbage, bean;
    bird: crow, eagle, robin, swan, owl; fish: salmon, trout, shark, cod, herring;
    insect: ant, beetle, fly, moth, wasp; metal: iron, gold, silver, copper, tin; tool: hammer, saw, drill, spade;
    drink: tea, coffee, milk, juice; instrument: piano, violin, flute, drum, guitar""")

_JOBS = _pairs("""baker: bread, farmer: crops, writer: books, painter: pictures, tailor: clothes, cobbler: shoes,
    potter: pots, carpenter: furniture, brewer: beer, poet: poems, composer: music, jeweller: rings,
    builder: houses, gardener: flowers, cook: meals, chemist: medicine""")

_NEXT = _pairs("""Monday: Tuesday, Tuesday: Wednesday, Wednesday: Thursday, Thursday: Friday, Friday: Saturday,
    Saturday: Sunday, Sunday: Monday, January: February, February: March, March: April, April: May, May: June,
    June: July, July: August, August: September, September: October, October: November, November: December,
    December: January, spring: summer, summer: autumn, autumn: winter, winter: spring, one: two, two: three,
    three: four, four: five, five: six, six: seven, seven: eight, eight: nine, nine: ten, ten: eleven""")

_PAST = _pairs("""go: went, eat: ate, see: saw, run: ran, sing: sang, swim: swam, write: wrote, read: read,
    drink: drank, sleep: slept, speak: spoke, drive: drove, fly: flew, fall: fell, buy: bought, bring: brought,
    think: thought, teach: taught, catch: caught, find: found, sit: sat, stand: stood, win: won, draw: drew,
    ride: rode, sell: sold, lose: lost, dig: dug, wake: woke, build: built""")

_SENSES = _pairs("""see: eyes, hear: ears, smell: nose, taste: tongue, walk: feet, think: brain, chew: teeth,
    touch: fingers, breathe: lungs, bend your arm: elbow, bend your leg: knee, kiss: lips""")

RELATIONS: dict[str, Relation] = {
    "capitals": Relation(
        (
            "The capital of {x} is",
            "The capital city of {x} is called",
            "Today {x} has a famous capital named",
            "In {x}, the government sits in",
            "When you visit {x}, see its capital,",
            "Every child in {x} knows the capital,",
        ),
        _CAPITALS,
    ),
    "continents": Relation(
        (
            "The country of {x} lies in",
            "You will find {x} on the map of",
            "The atlas shows {x} as a country in",
            "People from {x} live in",
            "To see {x}, you must travel to",
        ),
        _CONTINENTS,
    ),
    "opposites": Relation(
        (
            "The opposite of {x} is",
            "If something is not {x}, it may be",
            "The word {x} is the reverse of",
            "A word that means the contrary of {x} is",
            "One says {x}, the other says",
        ),
        _OPPOSITES,
    ),
    "young": Relation(
        (
            "A baby {x} is called a",
            "The child of a {x} is a",
            "A young {x} is known as a",
            "The mother {x} fed her little",
            "The {x} ran after its",
            "In spring the {x} has a little",
        ),
        _YOUNG,
    ),
    "sounds": Relation(
        (
            "When it is hungry, a {x} will",
            "The sound that a {x} makes is a",
            "At night we heard the {x}",
            "If you listen to a {x}, you hear it",
            "The children asked the {x} to",
            "All day long the {x} would",
        ),
        _SOUNDS,
    ),
    "homes": Relation(
        (
            "The home of a {x} is a",
            "A {x} lives in a",
            "At night the {x} sleeps in its",
            "You can find the {x} in its",
            "The tired {x} went back to its",
            "Nobody may disturb the {x} in its",
        ),
        _HOMES,
    ),
    "colours": Relation(
        (
            "The colour of {x} is",
            "If you paint {x}, use",
            "We all know that {x} looks",
            "In the picture, {x} is shown in",
            "She asked for the same colour as {x}, so we gave her",
        ),
        _COLOURS,
    ),
    "materials": Relation(
        (
            "Most of the time, a {x} is made of",
            "To make a {x}, you need",
            "The {x} in the shop was made from",
            "A good {x} is made out of",
            "He made the {x} from a piece of",
        ),
        _MATERIALS,
    ),
    "kinds": Relation(
        (
            "The word {x} means a kind of",
            "By {x} we mean a type of",
            "Look up {x}, and you will read about some",
            "The word {x} is the name of some",
            "In the book, {x} was listed under",
        ),
        _KINDS,
    ),
    "jobs": Relation(
        (
            "The work of a {x} is to make",
            "A {x} spends the day making",
            "We went to the {x} to see some",
            "The {x} is proud of his",
            "From the old {x} they bought",
            "The shop of the {x} is full of",
        ),
        _JOBS,
    ),
    "order": Relation(
        (
            "After {x} comes",
            "The one that follows {x} is",
            "Once {x} is over, we get",
            "Right behind {x} you find",
            "She said {x}, and then she said",
        ),
        _NEXT,
    ),
    "past": Relation(
        (
            "The past of {x} is",
            "Today they {x}, and yesterday they",
            "I {x} now, as I once",
            "Every day we {x}, but last week we never",
            "The old form of to {x} is",
        ),
        _PAST,
    ),
    "senses": Relation(
        (
            "To {x}, you use your",
            "You {x} with your",
            "People {x} with the help of their",
            "If you want to {x}, you need your",
            "She could not {x} because of her",
            "We {x} with our",
        ),
        _SENSES,
    ),
}


_AN = re.compile(r"\b([Aa])(?= [aeio])")  # "a owl" wants "an owl"


def statements() -> Iterator[Statement]:
    """Every fact in every wording, in a fixed order. Of each fact exactly one wording is held out, in turn."""
    for relation in RELATIONS.values():
        for number, (x, y) in enumerate(relation.answers.items()):
            for index, wording in enumerate(relation.wordings):
                sentence = wording.format(x=x)
                prompt = _AN.sub(r"\1n", sentence[0].upper() + sentence[1:])
                yield Statement(prompt, f" {y}.\n", index == number % len(relation.wordings))
