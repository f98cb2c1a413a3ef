"""Facts of the arts, language, technology and everyday life."""

from landscape.starter.facts.questions import Asked, Matched, Members, Ordered, Source

_BORN: dict[str, float] = {
    "Monteverdi": 1567, "Purcell": 1659, "Vivaldi": 1678, "Haydn": 1732, "Mozart": 1756, "Beethoven": 1770,
    "Schubert": 1797, "Chopin": 1810, "Wagner": 1813, "Brahms": 1833, "Tchaikovsky": 1840, "Dvořák": 1841,
    "Debussy": 1862, "Rachmaninoff": 1873, "Stravinsky": 1882, "Shostakovich": 1906, "Britten": 1913,
}  # fmt: skip
_PAINTED: dict[str, float] = {  # years of birth
    "Giotto": 1267, "Jan van Eyck": 1390, "Botticelli": 1445, "Leonardo da Vinci": 1452, "Raphael": 1483,
    "El Greco": 1541, "Caravaggio": 1571, "Rembrandt": 1606, "Vermeer": 1632, "Goya": 1746,
    "Turner": 1775, "Monet": 1840, "Van Gogh": 1853, "Klimt": 1862, "Picasso": 1881, "Dalí": 1904,
    "Andy Warhol": 1928,
}  # fmt: skip
_INVENTED: dict[str, float] = {  # years
    "the printing press": 1440, "the telescope": 1608, "the piano": 1700, "the hot-air balloon": 1783,
    "the stethoscope": 1816, "the telephone": 1876, "the zip fastener": 1913, "the transistor": 1947,
    "the laser": 1960, "the World Wide Web": 1989, "dynamite": 1867, "the mercury thermometer": 1714,
    "the electric telegraph": 1837, "nylon": 1935, "the microwave oven": 1945,
}  # fmt: skip

SOURCES: list[Source] = [
    Asked("easy", "arts", """
        Who wrote Romeo and Juliet?|William Shakespeare|Charles Darwin|Isaac Newton|Napoleon Bonaparte
        Who painted the Mona Lisa?|Leonardo da Vinci|Pablo Picasso|Vincent van Gogh|Claude Monet
        Which instrument has black and white keys?|the piano|the violin|the drum|the flute
        Which instrument is played with a bow?|the violin|the trumpet|the piano|the drum
        What does a painter use?|a brush|a hammer|a spoon|a saw
        What does a sculptor make?|statues|songs|bread|shoes
        Which colour do you get from blue and yellow?|green|red|black|purple
        Which colour do you get from red and white?|pink|green|blue|brown
        Who wrote A Christmas Carol?|Charles Dickens|Isaac Newton|Julius Caesar|Albert Einstein
        Who wrote music?|Mozart|Napoleon|Columbus|Darwin
        """),
    Matched("hard", "arts", "Who wrote {}?",
            "Middlemarch=George Eliot, Jane Eyre=Charlotte Brontë, Wuthering Heights=Emily Brontë, Emma=Jane Austen, "
            "Vanity Fair=William Thackeray, Great Expectations=Charles Dickens, Tess of the d'Urbervilles=Thomas Hardy;"
            "The Trial=Franz Kafka, The Magic Mountain=Thomas Mann, The Tin Drum=Günter Grass, Steppenwolf=Hermann Hesse, "
            "The Radetzky March=Joseph Roth;"
            "Fathers and Sons=Ivan Turgenev, Dead Souls=Nikolai Gogol, The Idiot=Fyodor Dostoevsky, "
            "The Cherry Orchard=Anton Chekhov, Anna Karenina=Leo Tolstoy"),
    Matched("hard", "arts", "Who composed {}?",
            "The Magic Flute=Mozart, Fidelio=Beethoven, Carmen=Bizet, Aida=Verdi, Tosca=Puccini, Parsifal=Wagner, "
            "Boléro=Ravel, La Mer=Debussy, The Planets=Holst, Finlandia=Sibelius"),
    Ordered("hard", "arts", "Which of these composers was born first?", _BORN, 6, gap=2, largest=False),
    Ordered("hard", "arts", "Which of these painters was born last?", _PAINTED, 6, gap=3),
    Members("hard", "arts", "Which of these is a woodwind instrument?", "oboe, bassoon, clarinet, piccolo",
            "cornet, tuba, viola, trombone, lute, xylophone", 4),
    Matched("easy", "language", "Which word means the opposite of {}?",
            "hot=cold, big=small, fast=slow, up=down, happy=sad, early=late, open=closed, rich=poor, day=night, "
            "strong=weak, full=empty, young=old, wet=dry, loud=quiet"),
    Matched("easy", "language", "Which word means nearly the same as {}?",
            "begin=start, large=big, quick=fast, glad=happy, angry=mad, shut=close, ill=sick, rock=stone, ocean=sea, "
            "speak=talk, street=road, present=gift"),
    Matched("hard", "language", "Which word means nearly the same as {}?",
            "laconic=terse, garrulous=talkative, lugubrious=mournful, obdurate=stubborn, timorous=fearful, "
            "penurious=poor, pellucid=clear, perfidious=treacherous, nascent=emerging, noisome=foul-smelling;"
            "assuage=soothe, castigate=scold, exculpate=clear of blame, prevaricate=speak evasively, abjure=renounce, "
            "obfuscate=make unclear, eulogise=praise, abscond=run away secretly, ameliorate=improve, vacillate=waver"),
    Matched("hard", "language", "What is the English word for the German {}?",
            "Löffel=spoon, Gabel=fork, Messer=knife, Teller=plate, Tasse=cup;"
            "Eichhörnchen=squirrel, Igel=hedgehog, Hase=hare, Dachs=badger, Schildkröte=tortoise"),
    Matched("hard", "language", "What is the English word for the Spanish {}?",
            "rodilla=knee, codo=elbow, hombro=shoulder, tobillo=ankle, muñeca=wrist, ceja=eyebrow"),
    Asked("easy", "technology", """
        What do you use to take photographs?|a camera|a hammer|a radio|a clock
        What does a car need to drive?|fuel|milk|paper|soap
        What does a computer mouse move?|the pointer|the table|the wall|the window frame
        What do you use to call a friend far away?|a telephone|a spoon|a mirror|a candle
        What is used to write on paper?|a pencil|a fork|a shoe|a pillow
        Which machine keeps food cold?|a refrigerator|an oven|a toaster|a lamp
        Which vehicle flies?|an airplane|a bus|a ship|a bicycle
        Which vehicle runs on rails?|a train|a car|a truck|a boat
        What do you type on?|a keyboard|a carpet|a plate|a ladder
        What gives light in a room?|a lamp|a chair|a book|a shelf
        """),
    Ordered("hard", "technology", "Which of these was invented first?", _INVENTED, 8, gap=8, largest=False),
    Ordered("hard", "technology", "Which of these was invented last?", _INVENTED, 4, gap=8),
    Matched("hard", "technology", "Which network port does {} use by default?",
            "SSH=22, SMTP=25, DNS=53, HTTP=80, HTTPS=443, FTP control=21, Telnet=23, POP3=110, IMAP=143"),
    Asked("easy", "everyday life", """
        What do you use to cut paper?|scissors|a spoon|a towel|a pillow
        What do you use to eat soup?|a spoon|a knife|a comb|a nail
        What do you wear on your feet?|shoes|gloves|a hat|a scarf
        What do you wear on your hands when it is cold?|gloves|socks|glasses|a belt
        What do you need when it rains?|an umbrella|a fan|a candle|a plate
        Where do people sleep?|in a bed|in an oven|on a shelf|in a cup
        Where do people buy bread?|at a bakery|at a library|at a museum|at a bank
        Where do children learn to read?|at school|at the zoo|at the airport|in the garage
        What do people drink in the morning to wake up?|coffee|oil|paint|ink
        Who puts out fires?|a firefighter|a baker|a teacher|a singer
        Who helps sick people?|a doctor|a painter|a farmer|a judge
        Who grows food?|a farmer|a dentist|a driver|a lawyer
        Who flies a plane?|a pilot|a cook|a gardener|a tailor
        Who repairs teeth?|a dentist|a plumber|a sailor|a writer
        What do you use to open a locked door?|a key|a spoon|a sock|a brush
        What do you use to dry yourself after a bath?|a towel|a plate|a rope|a pen
        What do you use to sweep the floor?|a broom|a fork|a candle|a bottle
        What keeps a house warm in winter?|a heater|a fan|a mirror|a carpet knife
        What happens to ice in the sun?|it melts|it burns|it grows|it sings
        What happens to a glass that falls on stone?|it breaks|it melts|it floats|it grows
        What happens to paper in a fire?|it burns|it freezes|it melts into water|it grows
        How many days are in a week?|seven|five|ten|twelve
        How many months are in a year?|twelve|ten|seven|thirty
        Which season is the coldest?|winter|summer|spring|autumn
        Which day comes after Monday?|Tuesday|Sunday|Friday|Thursday
        Which month comes after March?|April|July|January|October
        """),
    Asked("hard", "everyday life", """
        A candle is covered with a glass. What happens after some time?|It goes out|It burns brighter|It changes its colour|It grows longer
        A full bottle of water is left in the freezer. Why may it break?|Water expands when it freezes|Glass shrinks to half in the cold|Ice is heavier than water|Cold air pushes from outside
        Wet clothes dry fastest on a day that is what?|warm and windy|warm and humid|cold and still|cold and humid
        Ann is taller than Bea, and Bea is taller than Cleo. Who is the shortest?|Cleo|Ann|Bea|Ann and Bea
        Tom is older than Max and younger than Ben. Who is in the middle?|Tom|Max|Ben|nobody
        You face north and turn right twice. Which way do you face?|south|west|east|north
        You face east and turn left. Which way do you face?|north|south|west|east
        In the late afternoon, in which direction does your shadow point?|towards the east|towards the west|towards the sun|straight down
        Which of these sinks in water?|a coin|a cork|a candle|an apple
        A clock shows a quarter past three. Where is the long hand?|at the 3|at the 12|at the 9|at the 6
        Yesterday was two days before Friday. Which day is today?|Thursday|Wednesday|Friday|Saturday
        Which of these has no corners?|a circle|a square|a triangle|a cube
        A bus leaves at 9:50 and takes 35 minutes. When does it arrive?|10:25|10:15|9:85|10:35
        Milk boils over in a pot without a lid. Which of these helps at once?|taking it off the heat|adding more heat|closing the window|stirring in flour
        """),
]  # fmt: skip
