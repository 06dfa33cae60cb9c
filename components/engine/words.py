"""What the prompt's words mean to the engine: tables of vocabulary, and a reading of a prompt by them.

It looks words up; it understands nothing. A word that stands in no table only steers chance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from components.engine.palette import COLOR_NAMES
from components.engine.shapes import Color


def _table(rows: Mapping[str, str]) -> dict[str, str]:
    """{"cat": "kitten tomcat"} as {"cat": "cat", "kitten": "cat", "tomcat": "cat"}."""
    return {word: meaning for meaning, words in rows.items() for word in (meaning, *words.split())}


SUBJECTS = _table(
    {
        "cat": "kitten kitty tabby feline",
        "dog": "puppy hound corgi terrier retriever",
        "fox": "vixen",
        "rabbit": "bunny hare",
        "bear": "teddy grizzly panda",
        "penguin": "",
        "owl": "",
        "bird": "seagull gull swallow sparrow crow raven eagle parrot",
        "fish": "goldfish koi salmon",
        "whale": "dolphin orca",
        "butterfly": "butterflies moth",
        "person": "man woman girl boy child people human hiker traveler wanderer lady king queen portrait face",
        "astronaut": "cosmonaut spaceman",
        "robot": "android droid",
        "rocket": "spaceship spacecraft shuttle",
        "ufo": "saucer alien",
        "car": "automobile van taxi bus truck jeep",
        "train": "locomotive tram",
        "boat": "ship sailboat yacht sailing vessel canoe",
        "balloon": "airship zeppelin",
        "house": "home cottage cabin hut farmhouse barn villa building shed",
        "castle": "palace fortress tower",
        "lighthouse": "beacon",
        "windmill": "mill",
        "tree": "oak maple birch bonsai",
        "pine": "fir spruce christmas",
        "palm": "coconut",
        "flower": "rose tulip daisy daisies poppy blossom bouquet orchid lily",
        "sunflower": "",
        "mushroom": "toadstool fungi",
        "cactus": "cacti succulent",
        "cup": "coffee mug tea espresso latte cappuccino cocoa teacup",
        "book": "notebook novel",
        "apple": "fruit cherry peach",
        "orange fruit": "oranges lemon citrus",
        "cake": "cupcake birthday dessert pie",
        "heart": "love valentine",
        "star": "",
        "umbrella": "parasol",
        "lamp": "lantern bulb lightbulb candle",
        "gem": "diamond crystal jewel ruby sapphire",
        "planet": "saturn jupiter mars earth globe world",
    }
)

SETTINGS = _table(
    {
        "mountains": "mountain alps peak peaks summit ridge matterhorn fjord volcano everest",
        "hills": "hill landscape countryside field fields valley farm village prairie vineyard tuscany",
        "lake": "river pond lagoon reflection",
        "sea": "ocean coast coastal cliff harbor harbour bay waves wave island pier marina",
        "beach": "shore seaside tropical",
        "city": "skyline town street downtown skyscraper skyscrapers metropolis tokyo york paris london urban",
        "forest": "woods woodland jungle trees grove rainforest",
        "desert": "dune dunes canyon sahara mesa arizona",
        "space": "galaxy cosmos cosmic nebula universe orbit stars starfield planets",
        "moonscape": "lunar",
        "underwater": "reef coral aquarium submarine undersea",
        "meadow": "garden park wildflowers bloom botanical",
        "sky": "clouds heaven cloudscape",
        "room": "interior kitchen table desk window cafe bedroom still indoors shelf living",
        "studio": "logo icon sticker emblem badge product mascot avatar symbol",
        "abstract": "pattern geometric geometry bauhaus kandinsky mondrian mandala fractal",
        "anything": "shapes texture wallpaper background art composition gradient",
    }
)

TIMES = _table(
    {
        "dawn": "sunrise daybreak",
        "day": "morning noon midday daytime afternoon daylight sunny",
        "golden": "golden-hour evening",
        "sunset": "sundown",
        "dusk": "twilight gloaming blue-hour",
        "night": "midnight nighttime nocturnal moonlit moonlight starry stars dark",
    }
)

WEATHERS = _table(
    {
        "fog": "mist misty foggy haze hazy",
        "rain": "rainy raining drizzle wet",
        "storm": "stormy thunderstorm lightning thunder tempest",
        "snow": "snowy snowing winter snowfall frozen ice icy blizzard frost",
        "clouds": "cloudy overcast",
        "clear": "cloudless",
        "rainbow": "",
        "aurora": "northern-lights borealis",
        "wind": "windy breeze breezy",
    }
)

SEASONS = _table({"spring": "blooming", "summer": "", "autumn": "fall autumnal october november", "winter": "january"})

SKY_LIGHTS = _table({"sun": "sunshine sunlight sunny sunlit", "moon": "crescent moonlit moonlight lunar"})

FINISHES = _table(
    {
        "watercolor": "watercolour aquarelle gouache",
        "oil": "painting painted painterly impressionist impressionism monet gogh brush brushstrokes acrylic canvas",
        "pixel": "8-bit 8bit 16-bit pixelart pixelated",
        "ink": "line lineart line-art sketch drawing drawn doodle etching engraving outline",
        "pencil": "charcoal graphite",
        "film": "photo photograph photography photorealistic photographic cinematic 35mm kodak realistic dslr analog",
        "vintage": "retro polaroid sepia nostalgic antique",
        "noir": "monochrome grayscale greyscale black-and-white",
        "minimal": "minimalist minimalism simple clean flat",
        "comic": "pop-art cartoon manga halftone anime superhero",
        "lowpoly": "low-poly polygonal origami faceted",
        "mosaic": "stained-glass tiles tiled tile",
        "papercut": "paper-cut paper cutout layered collage diorama papercraft",
        "blueprint": "schematic technical",
        "neon": "cyberpunk synthwave vaporwave retrowave outrun glowing futuristic",
        "pastel": "soft dreamy kawaii cute gentle",
    }
)

NUMBERS: Mapping[str, int] = {"two": 2, "pair": 2, "couple": 2, "three": 3, "four": 4, "five": 5, "six": 6, "many": 5}
SEVERAL = 3  # what a plural without a number stands for

KINDS_OF_TREE = frozenset({"pine", "palm"})  # "a palm tree" is one tree, not two

# Two words that mean something together; joined before words are looked up.
PHRASES = re.compile(
    r"\b(golden hour|blue hour|northern lights|line art|pop art|low poly|paper cut|black and white|stained glass"
    r"|pixel art|oil painting|orange fruit)\b"
)
QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{1,40})[\"“”»]|(?<!\w)'([^']{1,40})'(?!\w)")


@dataclass(frozen=True)
class Mention:
    """A subject that the prompt names, with the colour and number that stand before it."""

    name: str
    color: Color | None = None
    count: int = 1


@dataclass(frozen=True)
class Reading:
    """What was found in a prompt."""

    subjects: tuple[Mention, ...]
    settings: tuple[str, ...]
    times: tuple[str, ...]
    weathers: tuple[str, ...]
    seasons: tuple[str, ...]
    lights: tuple[str, ...]
    finishes: tuple[str, ...]
    colors: tuple[Color, ...]  # of no subject in particular
    text: str  # quoted words, to be lettered

    def has(self, *weathers: str) -> bool:
        """Whether any of these weathers is named."""
        return not set(weathers).isdisjoint(self.weathers)


def tokens(prompt: str) -> list[str]:
    """The prompt's words in small letters, known phrases joined by hyphens."""
    text = QUOTED.sub(" ", prompt.lower())
    text = PHRASES.sub(lambda found: found[0].replace(" ", "-"), text)
    return re.findall(r"[a-zà-öø-ÿ0-9]+(?:-[a-z0-9]+)*", text)


def read(prompt: str) -> Reading:
    """Look every word up."""
    words = tokens(prompt)
    subjects, loose = _subjects(words)
    quoted = QUOTED.search(prompt)
    return Reading(
        subjects=subjects,
        settings=_found(words, SETTINGS),
        times=_found(words, TIMES),
        weathers=_found(words, WEATHERS),
        seasons=_found(words, SEASONS),
        lights=_found(words, SKY_LIGHTS),
        finishes=_found(words, FINISHES),
        colors=loose,
        text=printable(quoted[1] or quoted[2] or "") if quoted else "",
    )


def printable(text: str) -> str:
    """The text on one line, without what cannot be written in a picture or in XML."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def meaning(word: str, table: Mapping[str, str]) -> str | None:
    """What a word stands for: itself, its singular, or the first part of a word with a hyphen."""
    forms = (word, word.replace("-", " "), word.removesuffix("s"), word.removesuffix("es"), word.partition("-")[0])
    return next((table[form] for form in forms if form in table), None)


def _found(words: list[str], table: Mapping[str, str]) -> tuple[str, ...]:
    meanings = (meaning(word, table) for word in words)
    return tuple(dict.fromkeys(found for found in meanings if found))


def _subjects(words: list[str]) -> tuple[tuple[Mention, ...], tuple[Color, ...]]:
    """Subjects with the colours directly before them, and the colours that are left over."""
    mentions: dict[str, Mention] = {}
    loose: list[Color] = []
    color: tuple[Color, int] | None = None
    count = 0  # none named
    for place, word in enumerate(words):
        name = meaning(word, SUBJECTS) if word != "stars" else None  # several stars are a sky
        # "orange" is a colour unless it says otherwise; "rose" before a noun too, but mostly it is a flower.
        if word in COLOR_NAMES and word != "rose" and not _is_setting_next(words, place):
            if color is not None:
                loose.append(color[0])
            color = (COLOR_NAMES[word], place)
        elif word in NUMBERS or (word.isdigit() and 1 < int(word[:3]) <= 9):
            count = NUMBERS.get(word) or int(word)
        elif name:
            near = color is not None and place - color[1] <= 3
            of_it = color[0] if near and color is not None else None
            plural = word.endswith("s") and word[:-1] in SUBJECTS
            mentions.setdefault(name, Mention(name, of_it, count or (SEVERAL if plural else 1)))
            if near:
                color = None
            count = 0
    if color is not None:
        loose.append(color[0])
    if "tree" in mentions and not mentions.keys().isdisjoint(KINDS_OF_TREE):
        del mentions["tree"]
    return tuple(mentions.values()), tuple(dict.fromkeys(loose))


def _is_setting_next(words: list[str], place: int) -> bool:
    return words[place] == "golden" and words[place + 1 : place + 2] in (["retriever"], ["gate"])
