"""Facts of biology, chemistry, physics and astronomy."""

from landscape.starter.facts.questions import Asked, Matched, Members, Ordered, Source

ELEMENTS = (  # in order of their atomic numbers, from 1
    "hydrogen helium lithium beryllium boron carbon nitrogen oxygen fluorine neon sodium magnesium aluminium silicon "
    "phosphorus sulfur chlorine argon potassium calcium scandium titanium vanadium chromium manganese iron cobalt "
    "nickel copper zinc gallium germanium arsenic selenium bromine krypton rubidium strontium yttrium zirconium "
    "niobium molybdenum technetium ruthenium rhodium palladium silver cadmium indium tin antimony tellurium iodine "
    "xenon caesium barium lanthanum cerium praseodymium neodymium promethium samarium europium gadolinium terbium "
    "dysprosium holmium erbium thulium ytterbium lutetium hafnium tantalum tungsten rhenium osmium iridium platinum "
    "gold mercury thallium lead bismuth polonium astatine radon francium radium actinium thorium protactinium uranium"
).split(" ")
_NUMBER = {name: float(number) for number, name in enumerate(ELEMENTS, 1)}
_FROM_THE_SUN: dict[str, float] = {
    "Mercury": 1, "Venus": 2, "Earth": 3, "Mars": 4, "Jupiter": 5, "Saturn": 6, "Uranus": 7, "Neptune": 8,
}  # fmt: skip
_MELTING: dict[str, float] = {  # °C
    "tungsten": 3422, "platinum": 1768, "iron": 1538, "copper": 1085, "silver": 962, "zinc": 420, "lead": 327,
    "tin": 232, "sodium": 98, "gallium": 30, "mercury": -39, "titanium": 1668, "chromium": 1907, "aluminium": 660,
    "potassium": 64, "lithium": 181,
}  # fmt: skip
_DENSITY: dict[str, float] = {  # g/cm³
    "gold": 19.3, "mercury": 13.5, "lead": 11.3, "silver": 10.5, "copper": 8.96, "iron": 7.87, "tin": 7.3,
    "titanium": 4.5, "aluminium": 2.7, "magnesium": 1.74, "sodium": 0.97, "lithium": 0.53, "platinum": 21.4,
}  # fmt: skip

SOURCES: list[Source] = [
    Asked("easy", "biology", """
        Which organ pumps blood through the body?|the heart|the liver|the stomach|the skin
        With which organ do people see?|the eye|the ear|the nose|the tongue
        Which animal gives milk?|the cow|the hen|the eagle|the frog
        What do bees make?|honey|bread|wool|silk
        Which animal can fly?|the eagle|the horse|the snake|the whale
        What do plants need to grow?|water and light|salt and sand|oil and iron|smoke and noise
        How many legs does a spider have?|eight|six|four|ten
        How many legs does an insect have?|six|eight|four|two
        Which animal has a trunk?|the elephant|the rabbit|the tiger|the sheep
        Which animal lives in water?|the shark|the lion|the camel|the goat
        Which gas do people need to breathe?|oxygen|helium|neon|methane
        Which organ do people think with?|the brain|the lung|the knee|the kidney
        What is a young dog called?|a puppy|a kitten|a calf|a foal
        What is a young horse called?|a foal|a lamb|a chick|a cub
        Which part of a plant is under the ground?|the root|the leaf|the flower|the petal
        """),
    Members("easy", "biology", "Which of these is a bird?", "sparrow, owl, penguin, robin", "bat, salmon, mouse, bee, frog", 4),
    Members("easy", "biology", "Which of these is a fruit?", "apple, pear, banana, cherry", "carrot, onion, spinach, lettuce", 4),
    Members("hard", "biology", "Which of these animals is a marsupial?", "wombat, opossum, bandicoot, quokka",
            "beaver, otter, badger, hedgehog, marmot, weasel", 4),
    Members("hard", "biology", "Which of these animals is an amphibian?", "newt, salamander, toad, axolotl",
            "gecko, skink, iguana, tortoise, chameleon", 4),
    Members("hard", "biology", "Which of these trees is a conifer?", "larch, yew, juniper, spruce",
            "beech, alder, birch, elm, willow, poplar", 4),
    Members("hard", "biology", "Which of these animals is a mammal?", "porpoise, manatee, platypus, pangolin",
            "penguin, tuna, tortoise, ostrich, stingray, iguana", 4),
    Members("hard", "biology", "Which of these animals is a crustacean?", "woodlouse, barnacle, krill, shrimp",
            "squid, oyster, snail, jellyfish, starfish", 4),
    Matched("hard", "biology", "Which organ or gland produces {}?",
            "insulin=the pancreas, bile=the liver, adrenaline=the adrenal gland, thyroxine=the thyroid gland, "
            "melatonin=the pineal gland, urine=the kidney"),
    Asked("easy", "chemistry", """
        What is the chemical formula of water?|H2O|CO2|NaCl|O2
        What is frozen water called?|ice|steam|sand|glass
        Which metal is liquid at room temperature?|mercury|iron|gold|copper
        Which gas makes balloons float?|helium|oxygen|nitrogen|carbon dioxide
        What is table salt made of?|sodium and chlorine|iron and oxygen|carbon and hydrogen|gold and silver
        What does iron become when it gets wet for a long time?|rusty|golden|soft|sweet
        """),
    Ordered("hard", "chemistry", "Which of these elements has the highest atomic number?", _NUMBER, 10, gap=1),
    Ordered("hard", "chemistry", "Which of these elements has the lowest atomic number?", _NUMBER, 8, gap=1, largest=False),
    Ordered("hard", "chemistry", "Which of these metals has the highest melting point?", _MELTING, 8, gap=90),
    Ordered("hard", "physics", "Which of these metals is the densest?", _DENSITY, 6, gap=1.08, ratio=True),
    Matched("hard", "chemistry", "Which element has the symbol {}?",
            "W=tungsten, Sb=antimony, Sn=tin, Sr=strontium, Ta=tantalum, Tl=thallium, Tm=thulium, Te=tellurium;"
            "K=potassium, Na=sodium, Pb=lead, P=phosphorus, Po=polonium, Pd=palladium, Pt=platinum"),
    Asked("easy", "physics", """
        What pulls things towards the ground?|gravity|sound|light|music
        Which is faster than sound?|light|a car|a horse|a train
        What do we measure with a thermometer?|temperature|weight|length|time
        What do we measure with a clock?|time|weight|heat|distance
        At how many degrees Celsius does water boil?|100|50|10|500
        At how many degrees Celsius does water freeze?|0|40|100|-80
        Where does the needle of a compass point?|north|up|to the moon|to the sea
        """),
    Matched("easy", "physics", "What is measured in {}?",
            "kilograms=mass, metres=length, seconds=time, degrees Celsius=temperature, litres=volume"),
    Matched("hard", "physics", "What is measured in {}?",
            "pascals=pressure, henries=inductance, farads=capacitance, webers=magnetic flux, teslas=magnetic flux density, "
            "coulombs=electric charge, ohms=electrical resistance, siemens=electrical conductance"),
    Asked("easy", "astronomy", """
        Which star is closest to the Earth?|the Sun|Sirius|Vega|the North Star
        What moves around the Earth?|the Moon|the Sun|Mars|Venus
        Which planet do we live on?|Earth|Mars|Saturn|Venus
        Which planet is known for its rings?|Saturn|Mars|Mercury|Venus
        Which is the largest planet?|Jupiter|Earth|Mars|Mercury
        Which planet is called the red planet?|Mars|Neptune|Venus|Saturn
        How long does the Earth take to go around the Sun?|a year|a day|a week|a month
        In which direction does the sun rise?|the east|the west|the north|the south
        """),
    Matched("hard", "astronomy", "Which planet does the moon {} orbit?",
            "Miranda=Uranus, Umbriel=Uranus, Oberon=Uranus, Triton=Neptune, Nereid=Neptune, Callisto=Jupiter, "
            "Amalthea=Jupiter, Enceladus=Saturn, Iapetus=Saturn, Mimas=Saturn, Phobos=Mars"),
    Matched("hard", "astronomy", "In which constellation is the star {}?",
            "Betelgeuse=Orion, Vega=Lyra, Altair=Aquila, Deneb=Cygnus, Spica=Virgo, Aldebaran=Taurus, Regulus=Leo, "
            "Capella=Auriga, Pollux=Gemini, Canopus=Carina, Arcturus=Boötes, Antares=Scorpius"),
    Ordered("hard", "astronomy", "Which of these planets is the farthest from the Sun?", _FROM_THE_SUN, 3, gap=1),
    Ordered("hard", "astronomy", "Which of these planets is the closest to the Sun?", _FROM_THE_SUN, 3, gap=1,
            largest=False),
]  # fmt: skip
