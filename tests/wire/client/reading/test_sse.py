"""The parser for server-sent events."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from components.client.reading.image_file import ImageFile
from components.client.reading.json_scanner import InvalidJson, TruncatedJson
from components.client.reading.sse import EventStream
from tests.wire.client_fixtures import b64

A = b"an image \x00\xff" * 5

STREAMS = {
    "line feeds": (b'event: a\ndata: {"x":1}\n\ndata: {"x":2}\n\n', [("a", {"x": 1}), ("", {"x": 2})]),
    "carriage returns": (b'event: a\rdata: {"x":1}\r\rdata: {"x":2}\r\r', [("a", {"x": 1}), ("", {"x": 2})]),
    "both": (b'event: a\r\ndata: {"x":1}\r\n\r\ndata: {"x":2}\r\n\r\n', [("a", {"x": 1}), ("", {"x": 2})]),
    "mixed": (b'event: a\r\ndata: {"x":1}\n\rdata: {"x":2}\r\r\n', [("a", {"x": 1}), ("", {"x": 2})]),
    "no blank behind the colon": (b'event:a\ndata:{"x":1}\n\n', [("a", {"x": 1})]),
    "data over several lines": (b'data: {"x":\ndata: 1,\ndata\ndata:  "y":2}\n\n', [("", {"x": 1, "y": 2})]),
    "comments, ids and unknown fields": (
        b': keep-alive\n:\nid: 7\nretry: 9\nnonsense\ndata: {"x":1}\nother: z\n\n: bye\n\n',
        [("", {"x": 1})],
    ),
    "the JSON's type counts more than the line": (b'event: a\ndata: {"type":"b"}\n\n', [("b", {"type": "b"})]),
    "an event line without data": (b'event: a\n\ndata: {"x":1}\n\n', [("", {"x": 1})]),
    "empty data": (b'data:\n\ndata: \n\ndata: {"x":1}\n\n', [("", {"x": 1})]),
    "the last event unended": (b'data: {"x":1}\n\ndata: {"x":2}', [("", {"x": 1}), ("", {"x": 2})]),
    "other letters": ('data: {"x":"ä"}\n\n'.encode(), [("", {"x": "ä"})]),
    "nothing after the end": (b'data: {"x":1}\n\ndata: [DONE]\n\ndata: {"x":2}\n\n', [("", {"x": 1})]),
}


@pytest.mark.parametrize("what", STREAMS)
def test_events_whatever_the_pieces(what: str) -> None:
    """Whole, in single bytes, or cut once anywhere: the same events."""
    data, expected = STREAMS[what]
    for cuts in ([], *([place] for place in range(1, len(data))), range(1, len(data))):
        stream = EventStream(None, limit=1000)
        places = [0, *cuts, len(data)]
        for start, end in itertools.pairwise(places):
            stream.feed(data[start:end])
        stream.close()
        assert [(event.type, event.data) for event in stream.events] == expected, list(cuts)
        assert stream.done == (b"[DONE]" in data)


def feed_all(stream: EventStream, data: bytes) -> None:
    stream.feed(data)
    stream.close()


def test_images_inside_events_go_to_files(tmp_path: Path) -> None:
    """An image in an event is in a file, whatever the pieces, and not in the event's JSON."""
    data = f'data: {{"type":"p","b64_json":"{b64(A)}","partial_image_index":2}}\r\n\r\n'.encode()
    for step in (1, 7, len(data)):
        stream = EventStream(lambda: ImageFile(tmp_path), limit=1000)
        for start in range(0, len(data), step):
            stream.feed(data[start : start + step])
        (event,) = stream.events
        assert event.data == {"type": "p", "partial_image_index": 2}
        assert event.entries[0].image is not None
        assert event.entries[0].image.finish(preview=True).path.read_bytes() == A


GOOD = b'data: {"x":1}\n\n'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'data: {"x":\n\n', TruncatedJson),
        (b'data: {"b64_json":"QU', TruncatedJson),
        (b"data: hm\n\n", InvalidJson),
        (b"data: [1]\n\n", InvalidJson),
    ],
)
def test_events_that_are_no_json_objects(data: bytes, kind: type[Exception], tmp_path: Path) -> None:
    """An event that is cut off or no JSON object is left out and noted; the others count, and no file is left."""
    stream = EventStream(lambda: ImageFile(tmp_path), limit=1000)
    feed_all(stream, GOOD + data)
    assert (stream.malformed, type(stream.problem)) == (1, kind)
    assert [event.data for event in stream.events] == [{"x": 1}]
    stream.discard()
    assert list(tmp_path.iterdir()) == []


def test_events_after_a_malformed_one_count(tmp_path: Path) -> None:
    """Text that is no JSON, and an event that is too long, leave out that event alone."""
    stream = EventStream(None, limit=50)
    feed_all(stream, GOOD + b"data: ping\n\n" + GOOD + b'data: {"x":"' + b"y" * 60 + b'"}\n\n' + GOOD)
    assert [event.data for event in stream.events] == [{"x": 1}] * 3
    assert stream.malformed == 2


def test_an_image_in_a_malformed_event_is_kept(tmp_path: Path) -> None:
    """The image of an event that breaks off behind it came whole; that of a preview is not worth keeping."""
    stream = EventStream(lambda: ImageFile(tmp_path), limit=1000)
    feed_all(
        stream,
        f'data: {{"partial_image_index":0,"b64_json":"{b64(A)}",oops}}\n\n'.encode()
        + f'data: {{"type":"image_generation.completed","b64_json":"{b64(A)}"'.encode(),
    )
    (event,) = stream.events
    assert event.entries[0].image is not None
    assert event.entries[0].image.finish().path.read_bytes() == A
    assert len(list(tmp_path.iterdir())) == 1
