"""The scanner that takes images out of JSON while it arrives, and the files they go into."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.client.reading.image_file import ImageFile, InvalidBase64Text
from components.client.reading.json_scanner import InvalidJson, JsonScanner, JsonTooLarge, TruncatedJson
from tests.wire.client_fixtures import b64, left_over

A, B = b"first image \x00\xff" * 9, b"second"
LIMIT = 10_000


def feed_all(scanner: JsonScanner, data: bytes, step: int) -> None:
    for start in range(0, len(data), step):
        scanner.feed(data[start : start + step])
    scanner.finish()


def scan(text: bytes, folder: Path, *, cuts: list[int] | None = None, limit: int = LIMIT):
    """The rest of the JSON and the images' bytes, fed in pieces cut at the given places."""
    scanner = JsonScanner(lambda: ImageFile(folder), limit=limit)
    places = [0, *sorted(cuts or []), len(text)]
    for start, end in itertools.pairwise(places):
        scanner.feed(text[start:end])
    rest = scanner.finish()
    images = [entry.image.finish().path.read_bytes() if entry.image else None for entry in scanner.entries]
    return rest, [entry.members for entry in scanner.entries], images


SHAPES = {
    "as the API sends it": (
        json.dumps({"created": 1, "data": [{"b64_json": b64(A)}, {"b64_json": b64(B)}], "size": "1x1"}),
        {"created": 1, "data": [{}, {}], "size": "1x1"},
        [A, B],
    ),
    "keys in another order, members around": (
        '{"data":[{"revised_prompt":"a \\"b64_json\\": {", "b64_json" : "HERE" , "x":{"y":[1,{"z":"}"}]}}]}'.replace(
            "HERE", b64(A)
        ),
        {"data": [{"revised_prompt": 'a "b64_json": {', "x": {"y": [1, {"z": "}"}]}}]},
        [A],
    ),
    "blanks and line breaks": (
        f'\n{{ "data"\t:\r\n[ {{\n"b64_json"\n:\n"{b64(A)}"\n}} ] }}\n',
        {"data": [{}]},
        [A],
    ),
    "slashes escaped": ('{{"data":[{{"b64_json":"{}"}}]}}'.format(b64(A).replace("/", "\\/")), {"data": [{}]}, [A]),
    "plus and equals escaped": (
        '{{"data":[{{"b64_json":"{}"}}]}}'.format(b64(A).replace("+", "\\u002B").replace("=", "\\u003d")),
        {"data": [{}]},
        [A],
    ),
    "broken into lines": (f'{{"data":[{{"b64_json":"{b64(A)[:7]}\\n{b64(A)[7:]}\\r\\n"}}]}}', {"data": [{}]}, [A]),
    "an escaped key": (f'{{"data":[{{"b64\\u005fjson":"{b64(A)}"}}]}}', {"data": [{}]}, [A]),
    "a data URL as url": (f'{{"data":[{{"url":"data:image\\/png;base64,{b64(A)}"}}]}}', {"data": [{}]}, [A]),
    "a data URL as b64_json": (f'{{"data":[{{"b64_json":"data:image/png;base64,{b64(A)}"}}]}}', {"data": [{}]}, [A]),
    "a link, and no image": (
        '{"data":[{"url":"https:\\/\\/a.invalid\\/\\"x\\".png","b64_json":null}]}',
        {"data": [{"url": 'https://a.invalid/"x".png', "b64_json": None}]},
        [],
    ),
    "a data URL of text": (
        '{"data":[{"url":"data:image/svg+xml,<svg/>"}]}',
        {"data": [{"url": "data:image/svg+xml,<svg/>"}]},
        [],
    ),
    "words that look like the key": (
        '{"b64_json":7,"k":"b64_json","l":["b64_json","AAAA"],"b64_jso":"AA","url":"dat"}',
        {"b64_json": 7, "k": "b64_json", "l": ["b64_json", "AAAA"], "b64_jso": "AA", "url": "dat"},
        [],
    ),
    "an empty string": ('{"data":[{"b64_json":""}]}', {"data": [{}]}, [None]),
    "an image inside an image's object": (
        f'{{"b64_json":"{b64(A)}","inner":{{"b64_json":"{b64(B)}"}}}}',
        {"inner": {}},
        [B, A],
    ),
    "numbers that are none": ('{"a":NaN,"b":[-Infinity,1]}', {"a": None, "b": [None, 1]}, []),
    "half a surrogate": (
        '{"revised_prompt":"\\ud83d!","\\udc00":["\\ud800"]}',
        {"revised_prompt": "?!", "?": ["?"]},
        [],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_images_are_found_whatever_the_pieces(shape: str, tmp_path: Path) -> None:
    """Whole, in single bytes, or cut once anywhere: the same images, and the same rest."""
    text, rest, images = SHAPES[shape]
    data = text.encode()
    assert scan(data, tmp_path)[::2] == (rest, images)
    assert scan(data, tmp_path, cuts=list(range(1, len(data))))[::2] == (rest, images)
    for place in range(1, len(data)):
        assert scan(data, tmp_path, cuts=[place])[::2] == (rest, images)


@given(data=st.data())
def test_any_json_survives_any_cut(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """For any JSON with images in it, cut anywhere, what comes out is what went in."""
    folder = tmp_path_factory.getbasetemp()
    others = st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=8)
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=8,
    )
    entries = data.draw(st.lists(st.tuples(st.binary(min_size=1, max_size=200), others), max_size=4))
    value = {"before": data.draw(others), "data": [{"b64_json": b64(raw), "more": more} for raw, more in entries]}
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 1])))
    cuts = data.draw(st.lists(st.integers(0, len(text.encode())), max_size=12))
    rest, members, images = scan(text.encode(), folder, cuts=cuts, limit=10**6)
    assert images == [raw for raw, _ in entries]
    assert rest["before"] == value["before"]
    assert members == [{"more": more} for _, more in entries]


BROKEN = {
    "half of it": ('{"data":[{"b64_json":"QUJD"}', TruncatedJson),
    "half an image": ('{"data":[{"b64_json":"QUJD', TruncatedJson),
    "half a string": ('{"size":"10', TruncatedJson),
    "text": ("hello", InvalidJson),
    "two values": ('{"a":1}{"b":2}', InvalidJson),
    "too many ends": ('{"a":1}}', InvalidJson),
    "not UTF-8": ('{"a":"\udcff"}', InvalidJson),
    "a number without end": ('{"a":%s}' % ("9" * 9000), InvalidJson),
    "nested without end": ("[" * 5000, InvalidJson),
    "too much of it": ('{"a":"%s"}' % ("x" * LIMIT), JsonTooLarge),
}

BROKEN_IMAGES = {
    "letters that are no base64": "QUJ!",
    "words": "not base64 at all",
    "base64 without its end": "QUJDR",
    "padding in the middle": "QQ==QUJD",
    "base64 for addresses": "-_-_",
    "an escaped quote inside": 'QUJD\\"QUJD',
    "an escaped backslash at the end": "QUJD\\\\",
    "half an escape": "QUJD\\u00",
}


@pytest.mark.parametrize("what", BROKEN_IMAGES)
@pytest.mark.parametrize("step", [1, 5, 100_000])
def test_a_broken_image_leaves_the_others_alone(what: str, step: int, tmp_path: Path) -> None:
    """An image that is not strict base64 is an entry with its problem; those before and after it come whole."""
    entries = [f'{{"b64_json":"{text}"}}' for text in (b64(A), BROKEN_IMAGES[what], b64(B))]
    data = f'{{"data":[{",".join(entries)}]}}'.encode()
    scanner = JsonScanner(lambda: ImageFile(tmp_path), limit=LIMIT)
    for start in range(0, len(data), step):
        scanner.feed(data[start : start + step])
    assert [type(entry.problem) for entry in scanner.entries] == [type(None), InvalidBase64Text, type(None)]
    images = [entry.image.finish().path.read_bytes() for entry in scanner.entries if entry.image]
    assert images == [A, B]


def test_what_came_whole_before_a_cut_is_there(tmp_path: Path) -> None:
    """An image whose string has ended counts, also when its object has not; so does the usage before it."""
    scanner = JsonScanner(lambda: ImageFile(tmp_path), limit=LIMIT)
    scanner.feed(f'{{"usage":{{"output_tokens":7}},"data":[{{"b64_json":"{b64(A)}"}},{{"b64_json":"{b64(B)}"'.encode())
    assert len(scanner.entries) == 1
    scanner.close_entries()
    assert [entry.image.finish().path.read_bytes() for entry in scanner.entries if entry.image] == [A, B]
    assert scanner.usage == {"output_tokens": 7}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("step", [1, 5, 100_000])
def test_what_is_broken_is_refused(what: str, step: int, tmp_path: Path) -> None:
    """Anything that is not whole JSON with strict base64 is an error, and discarding leaves no file."""
    text, kind = BROKEN[what]
    data = text.encode("utf-8", "surrogateescape")
    scanner = JsonScanner(lambda: ImageFile(tmp_path), limit=LIMIT)
    with pytest.raises(kind):
        feed_all(scanner, data, step)
    scanner.discard()
    assert left_over(tmp_path) == []


def test_a_file_that_was_given_up_takes_nothing_more(tmp_path: Path) -> None:
    """After discard neither writing nor finishing brings the file back."""
    file = ImageFile(tmp_path)
    file.write_base64(b"QUJD")
    assert left_over(tmp_path) == [name for name in left_over(tmp_path) if name.endswith(".part")] != []
    file.discard()
    file.write_base64(b"QUJD")
    with pytest.raises(FileNotFoundError):
        file.finish()
    assert left_over(tmp_path) == []
