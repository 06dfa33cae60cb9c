"""Which place is built by which function."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from components.engine.places.abstract import abstract
from components.engine.places.beyond import moonscape, only_sky, space
from components.engine.places.depths import underwater
from components.engine.places.inside import room, studio
from components.engine.places.land import desert, hills, mountains, snowfield
from components.engine.places.stage import Stage
from components.engine.places.town import city
from components.engine.places.water import beach, lake, sea
from components.engine.places.weather import add_weather
from components.engine.places.woods import forest, meadow
from components.engine.scene import Scene

PLACES: Mapping[str, Callable[[Stage], None]] = {
    "abstract": abstract,
    "beach": beach,
    "city": city,
    "desert": desert,
    "forest": forest,
    "hills": hills,
    "lake": lake,
    "meadow": meadow,
    "moonscape": moonscape,
    "mountains": mountains,
    "room": room,
    "sea": sea,
    "sky": only_sky,
    "snowfield": snowfield,
    "space": space,
    "studio": studio,
    "underwater": underwater,
}


def build_place(scene: Scene) -> Stage:
    """The scene's place with its weather; subjects are still missing."""
    stage = Stage(scene)
    PLACES[scene.place](stage)
    add_weather(stage)
    return stage
