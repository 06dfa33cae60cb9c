"""A model menu holds what the connection's server has and what may do the operation, and nothing else first."""

from __future__ import annotations

from datetime import date

import pytest

from components.parameters import CATALOGUE, OPERATIONS, menu_models
from components.parameters.models.unknown_models import may_support

TODAY = date(2026, 11, 28)
LISTED = [
    "text-embedding-3-large",
    "whisper-1",
    "gpt-4o-mini-tts",
    "omni-moderation-latest",
    "house-model",
    "gpt-image-1-mini",
    "openai/gpt-image-9",
    "gpt-4o",
    "gpt-9",
    "meta/llama-4-vision",
    "flux-2-pro",
]


@pytest.mark.parametrize(
    ("operation", "offered"),
    [
        ("generate", ["gpt-image-1-mini", "house-model", "openai/gpt-image-9", "flux-2-pro"]),
        ("edit", ["gpt-image-1-mini", "house-model", "openai/gpt-image-9", "flux-2-pro"]),
        ("analyze", ["gpt-4o", "house-model", "gpt-9", "meta/llama-4-vision"]),
    ],
)
def test_a_servers_list_comes_first_and_fits_the_operation(operation: str, offered: list[str]) -> None:
    """Known models of the list, then others that may do it; what embeds, listens or speaks is left out."""
    assert list(menu_models(operation, LISTED, TODAY)) == offered


@pytest.mark.parametrize(
    ("model", "operations"),
    [
        ("openai/dall-e-3", {"generate"}),
        ("azure/gpt-4o", {"analyze"}),
        ("proxy/openai/gpt-image-2", {"generate", "edit"}),
    ],
)
def test_a_provider_in_front_does_not_hide_a_known_model(model: str, operations: set[str]) -> None:
    """What the catalogue knows of a model holds under a proxy's name for it."""
    assert {one for one in OPERATIONS if may_support(one, model)} == operations


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@pytest.mark.parametrize("listed", [None, [], ["text-embedding-3-small"]])
def test_a_list_without_any_use_leaves_the_catalogue(operation: str, listed: list[str] | None) -> None:
    """There is always something to choose."""
    assert set(menu_models(operation, listed, TODAY)) == {
        one for one in CATALOGUE if operation in CATALOGUE[one].operations
    }


@pytest.mark.parametrize(
    "model",
    [
        "bge-m3",
        "intfloat/e5-large-v2",
        "nomic-embed-text",
        "jina-reranker-v2",
        "cohere/rerank-v3.5",
        "gpt-4o-transcribe",
        "gpt-realtime",
        "sora-2",
    ],
)
def test_what_neither_draws_nor_sees_is_offered_nowhere(model: str) -> None:
    """Other servers' names for the same."""
    assert not any(may_support(operation, model) for operation in OPERATIONS)
