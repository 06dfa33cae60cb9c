"""Fills a library with thousands of runs as a team makes them: models, people, prompts, costs, stars, tags.

Rows are written in bulk; a handful of real images stands for all outputs. Also a command:
`python -m tests.bench.seeding FOLDER COUNT`, with the number of outputs.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import Connection, Table, insert

from components.images.decoding.probe import inspect, thumbnail_extension
from components.library import Library, open_library
from components.library.db.schema import collection_outputs, collections, inputs, output_tags, outputs, runs
from components.parameters import Request, resolve
from components.parameters.recipes.recipe import recipe

# Values and how often they come.
MODELS = {"gpt-image-2": 60, "gpt-image-1": 25, "gpt-image-1-mini": 14, "gpt-image-1.5": 1}
OWNERS = {"Ada": 40, "Bo": 30, "Chidi": 20, "Dagny": 9, "Eskil": 1}
CONNECTIONS = {"openai": 75, "azure": 15, "built-in": 10}
STATES = {"done": 92, "failed": 5, "cancelled": 3}
SIZES = {(1024, 1024): 600, (1536, 1024): 200, (1024, 1536): 180, (2048, 1152): 19, (3840, 2160): 1}
COUNTS = {1: 50, 2: 20, 3: 5, 4: 25}
TAGS = {"draft": 60, "final": 25, "logo": 10, "poster": 5}

# Whom a search is measured with: in every fourth prompt, and in one of two thousand.
COMMON = "light"
RARE = "ocelot"

_SYLLABLES = [first + second for first in "bdfgklmnrst" for second in "aeio"]
SECONDS_APART = 600.0
AT_ONCE = 2_000


def pick(chance: random.Random, values: dict[Any, int]) -> Any:
    """One of the values, as often as it says."""
    return chance.choices(list(values), list(values.values()))[0]


def vocabulary(chance: random.Random) -> list[str]:
    """Two thousand words that no language has."""
    words = {"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(2_500)}
    return sorted(words)[:2_000]


@dataclass(frozen=True)
class Shot:
    """A real image that outputs stand on."""

    sha256: str
    bytes: int


def draw(library: Library) -> dict[tuple[int, int], Shot]:
    """An image of each size, with its thumbnail, in the library's folders."""
    shots = {}
    for number, size in enumerate(SIZES):
        staged, small = library.staging / "seed.png", library.staging / "seed.small"
        Image.linear_gradient("L").resize(size).point([(level * (number + 2)) % 256 for level in range(256)]).save(
            staged
        )
        data = staged.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        image = inspect(staged, max_pixels=library.max_pixels, thumbnail=small)
        library.files.adopt(staged, "original", sha256, "png")
        library.files.adopt(small, "thumbnail", sha256, thumbnail_extension(image))
        shots[size] = Shot(sha256, len(data))
    return shots


def recipes() -> dict[str, dict[str, Any]]:
    """What a run of each model keeps of its request."""
    found = {}
    for model in MODELS:
        request = resolve("generate", model, {"prompt": "x"})
        assert isinstance(request, Request), request
        found[model] = dict(recipe(request))
    return found


Rows = list[tuple[Table, dict[str, Any]]]


def made_up(count: int, shots: dict[tuple[int, int], Shot], seed: int) -> Iterator[Rows]:
    """Runs, oldest first, each with all its rows, until there are `count` outputs."""
    chance = random.Random(seed)
    words, asked = vocabulary(chance), recipes()
    weights = [1 / (rank + 3) for rank in range(len(words))]
    began = time.time() - SECONDS_APART * count / 1.8  # so many outputs a run, about
    number = made = 0
    while made < count:
        run_id = f"{seed:02x}{number:014x}"
        created = began + number * SECONDS_APART
        model, connection, state = pick(chance, MODELS), pick(chance, CONNECTIONS), pick(chance, STATES)
        prompt = chance.choices(words, weights, k=chance.randint(5, 40))
        prompt += [COMMON] * (chance.random() < 0.25) + [RARE] * (number % 2_000 == 1)
        chance.shuffle(prompt)
        text = " ".join(prompt)
        wanted = min(pick(chance, COUNTS), count - made)
        known = state == "done" and connection != "built-in" and chance.random() < 0.9
        micros = wanted * chance.randint(5_000, 200_000)
        run = {
            "id": run_id,
            "operation": "generate",
            "model": model,
            "connection_id": connection,
            "connection_name": connection.title(),
            "owner": pick(chance, OWNERS),
            "state": state,
            "created": created,
            "started": created + 1,
            "ended": created + 30,
            "n": wanted,
            "prompt": text,
            "recipe": {**asked[model], "values": {**asked[model].get("values", {}), "prompt": text}},
            "usage": {"input_tokens": 40, "output_tokens": 1_000 * wanted} if known else None,
            "cost_micros": micros if known else None,
            "estimate_low_micros": micros // 2,
            "estimate_high_micros": micros * 2,
        }
        rows: Rows = [(runs, run)]
        if chance.random() < 0.05:
            rows[0] = (runs, {**run, "operation": "edit"})
            row = {"run_id": run_id, "role": "mask", "position": 0, "sha256": "0" * 64, "name": "mask.png"}
            size = {"content_type": "image/png", "width": 1024, "height": 1024, "bytes": 1_000, "has_alpha": True}
            rows.append((inputs, {**row, **size}))
        for place in range(wanted if state == "done" else 0):
            rows += _output(chance, run_id, place, created, shots)
            made += 1
        number += 1
        yield rows


def _output(
    chance: random.Random, run_id: str, place: int, created: float, shots: dict[tuple[int, int], Shot]
) -> Iterator[tuple[Table, dict[str, Any]]]:
    output_id, size = f"{run_id}-{place}", pick(chance, SIZES)
    yield (
        outputs,
        {
            "id": output_id,
            "run_id": run_id,
            "position": place,
            "sha256": shots[size].sha256,
            "format": "png",
            "width": size[0],
            "height": size[1],
            "frames": 1,
            "has_alpha": False,
            "bytes": shots[size].bytes,
            "created": created + 25,
            "starred": chance.random() < 0.02,
            "deleted_at": time.time() if chance.random() < 0.005 else None,
        },
    )
    if chance.random() < 0.05:
        yield output_tags, {"tag": pick(chance, TAGS), "output_id": output_id}
    if chance.random() < 0.01:
        yield collection_outputs, {"collection_id": "best", "output_id": output_id, "added": created + 60}


def seed(library: Library, count: int, *, chance: int = 1) -> None:
    """Add runs with `count` outputs together; the same ones for the same `chance`."""
    with library.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous = OFF")
        connection.rollback()
        with connection.begin():
            connection.execute(insert(collections).values(id="best", name="Best", created=1.0))
            waiting: dict[Table, list[dict[str, Any]]] = {}
            for rows in made_up(count, draw(library), chance):
                for table, row in rows:
                    waiting.setdefault(table, []).append(row)
                if len(waiting[runs]) >= AT_ONCE:
                    _write(connection, waiting)
            _write(connection, waiting)
        connection.exec_driver_sql("PRAGMA synchronous = FULL")
        connection.rollback()


def _write(connection: Connection, waiting: dict[Table, list[dict[str, Any]]]) -> None:
    for table in (runs, inputs, outputs, output_tags, collection_outputs):
        if rows := waiting.pop(table, []):
            connection.execute(insert(table), rows)


if __name__ == "__main__":
    opened = open_library(Path(sys.argv[1]))
    seed(opened, int(sys.argv[2]))
    opened.close()
