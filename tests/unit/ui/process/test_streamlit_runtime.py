"""What is relied on of Streamlit's runtime, each thing by its name: it is no public API and may move."""

from __future__ import annotations

import ast
import gc
import inspect
import tomllib
import weakref
from pathlib import Path

import pytest
from streamlit import config, runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext, ThreadState
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from components.ui.process import page_imports, streamlit_runtime
from tests.setup.environment import ROOT


class _Running:
    """Stands for the runtime of a server."""

    def __init__(self, uploads: MemoryUploadedFileManager) -> None:
        self.uploaded_file_mgr = uploads


def test_only_one_module_imports_the_runtime() -> None:
    """Whoever needs more of it adds a function there."""
    importing = {path for folder in ("components", "pages") for path in (ROOT / folder).rglob("*.py") if _imports(path)}
    assert importing == {Path(streamlit_runtime.__file__)}


def _imports(path: Path) -> bool:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{one.name}" for one in node.names]
    return any(f"{name}.".startswith("streamlit.runtime.") for name in names)


@pytest.mark.parametrize(("name", "parameters"), [("is_active_session", 1), ("close_session", 1)])
def test_the_runtime_ends_sessions(name: str, parameters: int) -> None:
    """By their ids."""
    assert len(inspect.signature(getattr(Runtime, name)).parameters) == parameters + 1
    assert isinstance(Runtime.uploaded_file_mgr, property)


def test_a_script_knows_its_session() -> None:
    """In a field of its context; outside a script there is none."""
    assert "session_id" in ScriptRunContext.__dataclass_fields__
    assert streamlit_runtime.session_id() is None


def test_a_script_knows_what_runs() -> None:
    """Whether a fragment is run alone, and whether a callback's widget belongs to one."""
    assert not streamlit_runtime.runs_fragment_alone()
    assert "fragment_ids_this_run" in ScriptRunContext.__dataclass_fields__
    ThreadState.initialize()
    assert not streamlit_runtime.is_inside_fragment()
    with ThreadState.scoped(fragment_id="mask"):
        assert streamlit_runtime.is_inside_fragment()


def test_uploads_in_memory_are_counted_and_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's own store holds them by session, with their bytes."""
    uploads = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: _Running(uploads))
    monkeypatch.setattr(streamlit_runtime, "session_id", lambda: "a")
    files = [UploadedFileRec(str(number), f"{number}.png", "image/png", b"x" * number) for number in (1, 2, 4)]
    for file, session in zip(files, "aab", strict=True):
        uploads.add_file(session, file)
    assert streamlit_runtime.held_bytes() == {"a": 3, "b": 4}
    streamlit_runtime.forget_upload(files[0])
    assert streamlit_runtime.held_bytes() == {"a": 2, "b": 4}
    streamlit_runtime.forget_uploads_of("b")
    assert streamlit_runtime.held_bytes() == {"a": 2}


def test_without_a_runtime_nothing_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in AppTest."""
    monkeypatch.setattr(runtime, "exists", lambda: False)
    assert streamlit_runtime.held_bytes() == {}
    assert streamlit_runtime.sessions() is None
    streamlit_runtime.forget_uploads_of("a")


def test_no_page_around_the_app_controls_it() -> None:
    """Streamlit lets its own cloud stop and rerun scripts unless it is given another list."""
    options = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["client"]
    assert options["allowedOrigins"] == []
    assert isinstance(config.get_option("client.allowedOrigins"), list)


def test_no_full_collection_follows_a_rerun() -> None:
    """It took 200 of a rerun's 280 ms; Streamlit knows the option that turns it off."""
    options = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["runner"]
    assert options["postScriptGC"] is False
    assert isinstance(config.get_option("runner.postScriptGC"), bool)


def test_scripts_are_not_rewritten() -> None:
    """Looking for expressions to draw costs 5 ms for each script at each start; Streamlit knows the option."""
    options = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["runner"]
    assert options["magicEnabled"] is False
    assert isinstance(config.get_option("runner.magicEnabled"), bool)


def test_the_start_maps_files_to_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the first visitor waits for it: Streamlit asks for the stack at the first element."""
    for name in ("modulesbyfile", "_filesbymodname"):
        monkeypatch.setattr(inspect, name, {})
    monkeypatch.setattr(page_imports, "sessions", lambda: ())
    monkeypatch.setattr(page_imports.ui, "__path__", [])
    monkeypatch.setattr(page_imports, "leave_out_of_collections", lambda: None)
    page_imports.import_pages()
    assert inspect.modulesbyfile[page_imports.__file__] == page_imports.__name__


def test_collections_pass_over_what_was_imported() -> None:
    """A full collection looks only at what came after the start, and still frees that."""
    try:
        page_imports.leave_out_of_collections()
        assert gc.get_freeze_count() > 10_000
        assert len(gc.get_objects()) < 10_000
        later = _Running(MemoryUploadedFileManager("/upload"))
        later.itself = later  # type: ignore[attr-defined]
        found = weakref.ref(later)
        del later
        gc.collect()
        assert found() is None
    finally:
        gc.unfreeze()
