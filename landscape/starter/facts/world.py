"""Facts of geography and history."""

from landscape.starter.facts.questions import Asked, Matched, Ordered, Source, Years

_LATITUDE: dict[str, float] = {  # degrees north
    "Reykjavik": 64.1, "Helsinki": 60.2, "Moscow": 55.8, "Edinburgh": 55.9, "Copenhagen": 55.7, "Berlin": 52.5,
    "London": 51.5, "Prague": 50.1, "Paris": 48.9, "Vancouver": 49.3, "Vienna": 48.2, "Zurich": 47.4, "Venice": 45.4,
    "Montreal": 45.5, "Toronto": 43.7, "Rome": 41.9, "Chicago": 41.9, "New York": 40.7, "Madrid": 40.4,
    "Beijing": 39.9, "Lisbon": 38.7, "Athens": 38.0, "San Francisco": 37.8, "Tokyo": 35.7, "Los Angeles": 34.1,
    "Casablanca": 33.6, "Baghdad": 33.3, "Shanghai": 31.2, "Cairo": 30.0, "New Delhi": 28.6, "Miami": 25.8,
    "Dubai": 25.2, "Havana": 23.1, "Honolulu": 21.3, "Mumbai": 19.1, "Mexico City": 19.4, "Dakar": 14.7,
    "Bangkok": 13.8, "Caracas": 10.5, "Addis Ababa": 9.0, "Bogotá": 4.7, "Singapore": 1.4, "Nairobi": -1.3,
    "Jakarta": -6.2, "Lima": -12.0, "Brasília": -15.8, "Johannesburg": -26.2, "Perth": -32.0, "Cape Town": -33.9,
    "Melbourne": -37.8,
}  # fmt: skip
_METRES: dict[str, float] = {
    "Mount Everest": 8849, "Aconcagua": 6961, "Denali": 6190, "Kilimanjaro": 5895, "Mount Elbrus": 5642,
    "Mont Blanc": 4806, "the Matterhorn": 4478, "Mount Rainier": 4392, "Mount Fuji": 3776, "Mount Etna": 3350,
    "Mount Olympus": 2917, "Mount Kosciuszko": 2228, "Mount Mitchell": 2037, "Ben Nevis": 1345, "Snowdon": 1085,
    "Table Mountain": 1086, "K2": 8611, "Annapurna": 8091, "Mount Ararat": 5137, "Mount Kenya": 5199,
    "Vesuvius": 1281, "the Zugspitze": 2962,
}  # fmt: skip
_AREA: dict[str, float] = {  # 1,000 km²
    "Russia": 17100, "Brazil": 8510, "Australia": 7690, "India": 3290, "Argentina": 2780, "Algeria": 2380,
    "Mexico": 1960, "Iran": 1650, "Mongolia": 1560, "Peru": 1285, "South Africa": 1220, "Colombia": 1140,
    "Egypt": 1000, "Nigeria": 924, "Namibia": 825, "Turkey": 784, "Zambia": 753, "Ukraine": 604, "Kenya": 580,
    "Spain": 506, "Sweden": 450, "Japan": 378, "Germany": 357, "Vietnam": 331, "Poland": 313, "Italy": 301,
    "New Zealand": 268, "Ghana": 239, "Greece": 132, "Cuba": 110, "Iceland": 103, "Portugal": 92, "Austria": 84,
    "Ireland": 70, "Switzerland": 41, "Belgium": 31, "Jamaica": 11, "Luxembourg": 2.6, "Singapore": 0.7,
}  # fmt: skip
_EASY_YEARS = {
    "did the Second World War end": 1945, "did the First World War begin": 1914, "did Columbus reach America": 1492,
    "did people first land on the Moon": 1969, "did the French Revolution begin": 1789,
    "was the American Declaration of Independence signed": 1776, "did the Berlin Wall fall": 1989,
    "did the Titanic sink": 1912, "did the Battle of Hastings take place": 1066, "did the Russian Revolution take place": 1917,
    "was President John F. Kennedy killed": 1963, "did the Second World War begin": 1939,
}  # fmt: skip
_HARD_YEARS = {
    "was the Magna Carta sealed": 1215, "did Constantinople fall to the Ottomans": 1453,
    "did the Spanish Armada sail against England": 1588, "did the Great Fire of London burn": 1666,
    "was the Battle of Waterloo fought": 1815, "did the Suez Canal open": 1869, "did the Panama Canal open": 1914,
    "was the Eiffel Tower completed": 1889, "did the Black Death reach Sicily": 1347,
    "did the Peace of Westphalia end the Thirty Years' War": 1648, "was the Battle of Gettysburg fought": 1863,
    "did India become independent": 1947, "did the Chernobyl disaster happen": 1986, "was Pluto discovered": 1930,
    "did Lindbergh fly alone across the Atlantic": 1927, "did the Wright brothers first fly": 1903,
    "did Vasco da Gama reach India by sea": 1498, "did Martin Luther publish his 95 theses": 1517,
    "did Krakatoa erupt with a sound heard far away": 1883, "did the Soviet Union dissolve": 1991,
    "was the first Nobel Prize awarded": 1901, "did the Mayflower sail to America": 1620,
    "did Amundsen reach the South Pole": 1911, "did an earthquake and fire destroy San Francisco": 1906,
    "did the Irish Easter Rising take place": 1916, "did the Congress of Vienna begin": 1814,
    "did Hillary and Tenzing first climb Mount Everest": 1953, "did the Lisbon earthquake happen": 1755,
    "was Louis XVI of France executed": 1793, "did the Boston Tea Party take place": 1773,
    "was penicillin discovered": 1928, "did Charles Darwin publish On the Origin of Species": 1859,
    "did William Herschel discover Uranus": 1781,
}  # fmt: skip

SOURCES: list[Source] = [
    Matched("easy", "geography", "What is the capital of {}?",
            "France=Paris, Germany=Berlin, Italy=Rome, Spain=Madrid, Portugal=Lisbon, Austria=Vienna, Greece=Athens, "
            "Poland=Warsaw, Russia=Moscow, England=London, Ireland=Dublin, Norway=Oslo, Sweden=Stockholm;"
            "Japan=Tokyo, China=Beijing, Egypt=Cairo, Cuba=Havana, Thailand=Bangkok, Iraq=Baghdad, Kenya=Nairobi, "
            "South Korea=Seoul, Iran=Tehran, Canada=Ottawa, Peru=Lima"),
    Asked("easy", "geography", """
        Which is the largest ocean?|the Pacific|the Atlantic|the Arctic|the Indian Ocean
        On which continent is the Sahara desert?|Africa|Asia|Europe|Australia
        Which river flows through London?|the Thames|the Seine|the Danube|the Rhine
        In which country are the pyramids of Giza?|Egypt|Greece|Spain|Turkey
        Which country is famous for kangaroos?|Australia|Canada|Germany|Egypt
        In which country is Mount Fuji?|Japan|China|Nepal|Korea
        """),
    Matched("hard", "geography", "What is the capital of {}?",
            "Burkina Faso=Ouagadougou, Mali=Bamako, Niger=Niamey, Chad=N'Djamena, Guinea=Conakry, Togo=Lomé;"
            "Slovenia=Ljubljana, Slovakia=Bratislava, Croatia=Zagreb, Albania=Tirana, North Macedonia=Skopje;"
            "Kyrgyzstan=Bishkek, Tajikistan=Dushanbe, Turkmenistan=Ashgabat, Uzbekistan=Tashkent;"
            "Honduras=Tegucigalpa, Nicaragua=Managua, Belize=Belmopan, Costa Rica=San José"),
    Ordered("hard", "geography", "Which of these cities lies farthest north?", _LATITUDE, 12, gap=1.5),
    Ordered("hard", "geography", "Which of these cities lies farthest south?", _LATITUDE, 8, gap=1.5, largest=False),
    Ordered("hard", "geography", "Which of these mountains is the highest?", _METRES, 8, gap=150),
    Ordered("hard", "geography", "Which of these countries is the largest by area?", _AREA, 10, gap=1.2, ratio=True),
    Ordered("hard", "geography", "Which of these countries is the smallest by area?", _AREA, 6, gap=1.2, ratio=True,
            largest=False),
    Years("easy", "history", "In which year {}?", _EASY_YEARS, 10),
    Years("hard", "history", "In which year {}?", _HARD_YEARS, 7),
    Asked("easy", "history", """
        Who was the first president of the United States?|George Washington|Abraham Lincoln|Winston Churchill|Isaac Newton
        Who was a queen of ancient Egypt?|Cleopatra|Victoria|Joan of Arc|Marie Antoinette
        Which people built the Colosseum?|the Romans|the Vikings|the Aztecs|the Mongols
        Who led Britain for most of the Second World War?|Winston Churchill|Oliver Cromwell|Queen Victoria|Horatio Nelson
        Who was the first person to walk on the Moon?|Neil Armstrong|Charles Lindbergh|Albert Einstein|Amelia Earhart
        """),
]  # fmt: skip
