"""The repository itself: its layout, its import rules, its pins, and the commands that it promises."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.setup.checks import SAME_ON_ANY_STORE
from tests.setup.environment import PIN, ROOT

TOP_LEVEL = {
    "CHANGELOG.md",
    "README.md",
    "app.py",
    "components",
    "deploy",
    "docs",
    "pages",
    "pyproject.toml",
    "requirements.lock",
    "requirements.txt",
    "tests",
}
LEFT_BY_TOOLS = {"__pycache__", "data", "test-results"}  # where git cannot say what it ignores
CODE = (".py", ".js", ".css")
MOST_LINES = {"components": 300, "pages": 300}  # of a file, by room
MOST_LINES_ELSEWHERE = 400
MOST_LINES_OF_A_FUNCTION = 60
MOST_MODULES = 14  # of a folder
MOST_LINES_OF_POSTERS = 1200  # of components/engine/drawing, with comments and blank lines
MIGRATIONS = ROOT / "components" / "library" / "db" / "migrations" / "versions"
PRODUCT = ("app.py", "components", "pages")

# Names that this code had once, and that a stranger could not search for: those that are ordinary words within longer
# names, and those that are no part of a name either.
PRIVATE_WORDS = re.compile(
    "Studio|Brief|Exchange|Dialect|Means|Place|House|Line|Pace|went_in|gone|apart|whole|elsewhere|leads"
)
PRIVATE_PARTS = re.compile(
    "mischief|distrusted|thrown|told|shelves|seeing|unsure|scratch|course|easel|tray|pictures?|colours?|aftermath"
)
PART_OF_A_NAME = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # by underscores and capital letters

# In two pieces each, so that this file does not name them itself.
NOT_TO_BE_NAMED = re.compile(
    "|".join(
        re.escape(first + second)
        for first, second in (
            ("pypi", ".org"),
            ("python", "hosted.org"),
            ("npmjs", ".org"),
            ("deb.deb", "ian.org"),
            ("index", "-url"),
            ("/wo", "rk/"),
            ("/opt/", "venv"),
            ("/ro", "ot/"),
            ("/ho", "me/"),
            ("/Use", "rs/"),
        )
    )
)


def files() -> list[Path]:
    """Every file of the repository, or that would become one with the next commit."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    if asked.returncode == 0:
        found = (ROOT / name for name in asked.stdout.decode().split("\0") if name)
        return sorted({path for path in found if path.is_file()})
    return sorted(path for path in ROOT.rglob("*") if path.is_file() and not _left_by_tools(path))


def _left_by_tools(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return parts[0].startswith(".") or not LEFT_BY_TOOLS.isdisjoint(parts)


def product_files() -> list[Path]:
    """The Python files of the app, without its tests."""
    return [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PRODUCT]


def imported(path: Path) -> Iterator[str]:
    """The top-level names of all that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def test_the_top_level_is_as_designed() -> None:
    """Beside dot-files, the repository's first level holds what the README describes and nothing else."""
    found = {path.relative_to(ROOT).parts[0] for path in files()}
    assert {name for name in found if not name.startswith(".")} == TOP_LEVEL


def test_imports_between_rooms_run_one_way() -> None:
    """The contracts in pyproject.toml hold."""
    check = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_imported_package_is_pinned() -> None:
    """requirements.txt names what the app imports, each at one exact version."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    pins = {line: PIN.match(line) for line in wanted}
    assert [line for line, pin in pins.items() if not pin] == []
    pinned = {_normal(pin[1]) for pin in pins.values() if pin}
    distributions = packages_distributions()
    loose = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in product_files()
        for name in set(imported(path)) - sys.stdlib_module_names - {"app", "components", "pages"}
        if pinned.isdisjoint(map(_normal, distributions.get(name, [name])))
    }
    assert loose == set()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_files_stay_short() -> None:
    """A file does one thing; none needs more lines than a person reads in one go."""
    too_long = {}
    for path in files():
        most = MOST_LINES.get(path.relative_to(ROOT).parts[0], MOST_LINES_ELSEWHERE)
        if path.suffix in CODE and (lines := path.read_bytes().count(b"\n")) > most:
            too_long[str(path)] = lines
    assert too_long == {}


def test_functions_stay_short() -> None:
    """A function of the app fits on a screen; a migration is one long list of columns."""
    too_long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in product_files()
        if path.parent != MIGRATIONS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert too_long == []


def test_folders_stay_small() -> None:
    """A folder of the app holds few enough modules to find one at a glance; migrations only ever grow in number."""
    modules = Counter(path.parent for path in product_files() if path.parent != MIGRATIONS)
    assert {str(folder): number for folder, number in modules.items() if number > MOST_MODULES} == {}


def test_unit_tests_mirror_the_rooms() -> None:
    """A folder of unit tests has the name of the room that it is about."""
    folders = {path.parent.relative_to(ROOT / "tests" / "unit") for path in files() if "tests/unit/" in path.as_posix()}
    assert {str(folder) for folder in folders if not (ROOT / "components" / folder).is_dir()} == set()


def test_the_built_in_engine_stays_small() -> None:
    """Posters are for trying the app, so little code draws them."""
    drawing = ROOT / "components" / "engine" / "drawing"
    assert sum(path.read_bytes().count(b"\n") for path in drawing.glob("**/*.py")) <= MOST_LINES_OF_POSTERS


def test_each_class_has_a_name_of_its_own() -> None:
    """No two public classes of the app share a name, so that a search for one finds one."""
    homes: dict[str, list[str]] = {}
    for path in product_files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_private_words_name_nothing() -> None:
    """No class, function, variable or module bears a name that only its author understands."""
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files()
        if path.suffix == ".py"
        for name in (*named_in(path), path.stem)
        if PRIVATE_WORDS.fullmatch(name)
        or any(PRIVATE_PARTS.fullmatch(part.lower()) for part in PART_OF_A_NAME.findall(name))
    }
    assert found == set()


def named_in(path: Path) -> Iterator[str]:
    """Every name that a file makes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def test_the_session_is_reached_by_declared_keys() -> None:
    """The session's state is never asked for a key that is spelled out, and no two places spell the same widget's.

    What a page remembers is a field of a dataclass; a widget's key that is read elsewhere has a constant or function.
    """
    spelled, keys = [], Counter[str]()
    for path in product_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "key" and isinstance(node.value, ast.Constant):
                keys[str(node.value.value)] += 1
            if any(isinstance(key, ast.Constant | ast.JoinedStr) for key in session_keys(node)):
                spelled.append(f"{path.relative_to(ROOT)}: {ast.unparse(node)}")
    assert spelled == []
    assert [key for key, number in keys.items() if number > 1] == []


def session_keys(node: ast.AST) -> Iterator[ast.AST]:
    """The keys for which a piece of code asks the session's state."""

    def is_state(one: ast.AST) -> bool:
        return isinstance(one, ast.Attribute) and one.attr == "session_state"

    if isinstance(node, ast.Subscript) and is_state(node.value):
        yield node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_state(node.func.value):
        yield from node.args[:1]
    elif isinstance(node, ast.Compare) and any(is_state(one) for one in node.comparators):
        yield node.left
    elif (
        isinstance(node, ast.Attribute)
        and is_state(node.value)
        and node.attr not in {"get", "pop", "setdefault", "to_dict"}
    ):
        yield ast.Constant(node.attr)


@pytest.mark.parametrize("rule", ["MAX_IMAGE_PIXELS =", r"65535\.0|/ 257", r'"=", "\+", "-", "@"'])
def test_a_rule_stands_in_one_place(rule: str) -> None:
    """Pillow's limit, the scale of 16-bit gray and the characters that begin a formula are written down once."""
    found = [path for path in (ROOT / "components").rglob("*.py") if re.search(rule, path.read_text())]
    assert len(found) == 1


def test_nothing_names_a_machine_or_a_registry() -> None:
    """The repository works wherever it is cloned, with whatever package index a machine is set up for."""
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), 1)
        if NOT_TO_BE_NAMED.search(line)
    ]
    assert named == []


@pytest.mark.parametrize(
    "command", [r"python3 -m venv \S+ && .*-r requirements\.lock && .*\bapp\.py", r"python3 -m tests"]
)
def test_the_readme_gives_each_command_in_one_line(command: str) -> None:
    """One line starts the app and one passes the tests, each with all the set-up."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert any(re.fullmatch(command, block.strip()) for block in blocks)


def test_ci_runs_the_command_of_the_readme() -> None:
    """What CI checks is what people check."""
    assert "python3 -m tests" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_what_postgresql_and_s3_leave_out_is_there() -> None:
    """A file that was renamed would come back into that run unnoticed."""
    assert [one for one in SAME_ON_ANY_STORE if not (ROOT / one).exists()] == []
