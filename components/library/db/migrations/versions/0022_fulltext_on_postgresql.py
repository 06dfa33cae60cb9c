"""Index the words of runs on PostgreSQL, read as SQLite's full-text index reads them: both give the same answers.

PostgreSQL's own parsers split text otherwise (an address stays one word, for example), and what they take for a letter
depends on how the database was created. So `search_fold` splits it here, by a table of how SQLite reads each letter.
"""

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

LETTERS = Path(__file__).parents[1] / "search_letters.json"
NOTHING = "\x01"  # what a mark that is left out is read as, since a text of letters has no empty one

# A tsvector knows at most 16,383 places and holds 1 MB; a word in it has at most 2,046 bytes.
WORD, PROMPT, LABELS, ANSWER, PLACE = 500, 50_000, 50_000, 100_000, 16_383

# Lower case without diacritics, with one space for all signs between words.
FOLD = r"""
CREATE FUNCTION search_fold(given text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    plain text := lower(given COLLATE "C");
    letters text;
    read_as text;
BEGIN
    IF octet_length(plain) > char_length(plain) THEN
        -- Those that are left out come last: `translate` drops what it has no counterpart for.
        SELECT string_agg(letter, '' ORDER BY folded = '', letter), string_agg(folded, '' ORDER BY folded = '', letter)
            INTO letters, read_as
            FROM search_letters WHERE letter = ANY (string_to_array(plain, NULL));
        plain := coalesce(translate(plain, letters, read_as), plain);
    END IF;
    RETURN trim(regexp_replace(plain, '[\u0001-\u002f\u003a-\u0060\u007b-\u007f]+', ' ', 'g'));
END $$"""

# The words with their places. A place is left free between the parts, so that no phrase reaches from one into the next.
VECTOR = f"""
CREATE FUNCTION search_vector(prompt text, labels text, answer text) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(string_agg(left(word, {WORD}) || ':' || least(place, {PLACE}), ' '), '')::tsvector
        FROM unnest(string_to_array(search_fold(left(prompt, {PROMPT})) || ' | ' || search_fold(left(labels, {LABELS}))
            || ' | ' || search_fold(left(answer, {ANSWER})), ' ')) WITH ORDINALITY AS words (word, place)
        WHERE word NOT IN ('', '|'));
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN '';  -- a run is kept although its words are too many to be found
END $$"""  # noqa: S608 - all parts are constants of this file

# Words side by side, the last of them a prefix.
QUERY = f"""
CREATE FUNCTION search_query(phrase text) RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (string_agg(left(word, {WORD}), ' <-> ' ORDER BY place) || ':*')::tsquery
    FROM unnest(string_to_array(search_fold(phrase), ' ')) WITH ORDINALITY AS words (word, place) WHERE word <> ''
$$"""  # noqa: S608

LABELS_OF = """
CREATE FUNCTION search_labels(run text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(words, ' '), '') FROM (
        SELECT concat_ws(' ', title, note, revised_prompt, text_in_image) AS words FROM outputs WHERE run_id = run
        UNION ALL
        SELECT tag FROM output_tags JOIN outputs ON outputs.id = output_tags.output_id WHERE outputs.run_id = run
    ) AS found
$$"""

RELABEL = """
CREATE FUNCTION search_relabel(run text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_labeled text := search_labels(run);
BEGIN
    UPDATE run_words SET labels = now_labeled, words = search_vector(runs.prompt, now_labeled, runs.text)
        FROM runs WHERE runs.id = run AND run_words.run_id = run AND labels <> now_labeled;
END $$"""

# The functions of triggers. They compare for themselves: a column that a trigger names could not change its type.
OF_RUN = """
CREATE FUNCTION search_of_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO run_words (run_id, labels, words) VALUES (new.id, '', search_vector(new.prompt, '', new.text));
    ELSIF (new.prompt, new.text) IS DISTINCT FROM (old.prompt, old.text) THEN
        UPDATE run_words SET words = search_vector(new.prompt, labels, new.text) WHERE run_id = new.id;
    END IF;
    RETURN NULL;
END $$"""

# Once for each run that a statement changes, however many outputs of it; in one order, so that no two block each other.
OF_OUTPUT = """
CREATE FUNCTION search_of_output() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM search_relabel(run_id) FROM (SELECT DISTINCT run_id FROM before ORDER BY run_id) AS changed;
    ELSIF TG_OP = 'INSERT' THEN
        PERFORM search_relabel(run_id) FROM (
            SELECT DISTINCT run_id FROM after
            WHERE concat(title, note, revised_prompt, text_in_image) <> '' ORDER BY run_id) AS changed;
    ELSE
        PERFORM search_relabel(run_id) FROM (
            SELECT DISTINCT after.run_id FROM after JOIN before ON before.id = after.id
            WHERE (after.title, after.note, after.revised_prompt, after.text_in_image)
                IS DISTINCT FROM (before.title, before.note, before.revised_prompt, before.text_in_image)
            ORDER BY after.run_id) AS changed;
    END IF;
    RETURN NULL;
END $$"""

OF_TAG = """
CREATE FUNCTION search_of_tag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_relabel(run_id) FROM (
        SELECT DISTINCT run_id FROM outputs WHERE id IN (SELECT output_id FROM changed) ORDER BY run_id) AS of_these;
    RETURN NULL;
END $$"""

FUNCTIONS = (FOLD, VECTOR, QUERY, LABELS_OF, RELABEL, OF_RUN, OF_OUTPUT, OF_TAG)
BEFORE, AFTER = "OLD TABLE AS before", "NEW TABLE AS after"
EACH = "FOR EACH STATEMENT EXECUTE FUNCTION"
TRIGGERS = {
    "search_of_run": "AFTER INSERT OR UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION search_of_run()",
    "search_of_output": f"AFTER INSERT ON outputs REFERENCING {AFTER} {EACH} search_of_output()",
    "search_of_marked": f"AFTER UPDATE ON outputs REFERENCING {BEFORE} {AFTER} {EACH} search_of_output()",
    "search_of_deleted": f"AFTER DELETE ON outputs REFERENCING {BEFORE} {EACH} search_of_output()",
    "search_of_tag": f"AFTER INSERT ON output_tags REFERENCING NEW TABLE AS changed {EACH} search_of_tag()",
    "search_of_untagged": f"AFTER DELETE ON output_tags REFERENCING OLD TABLE AS changed {EACH} search_of_tag()",
}


def upgrade() -> None:
    """Create the index and what keeps it up to date; SQLite has its own since 0002."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    op.execute('CREATE TABLE search_letters (letter TEXT COLLATE "C" PRIMARY KEY, folded TEXT NOT NULL)')
    letters, read_as = _letters()
    fill = sa.text(
        """INSERT INTO search_letters SELECT letter, trim(folded, :nothing)
        FROM unnest(string_to_array(:letters, NULL), string_to_array(:read_as, NULL)) AS pairs (letter, folded)"""
    )
    connection.execute(fill, {"letters": letters, "read_as": read_as, "nothing": NOTHING})
    op.execute(
        """CREATE TABLE run_words (
            run_id TEXT COLLATE "C" CONSTRAINT pk_run_words PRIMARY KEY
                CONSTRAINT fk_run_words_run_id REFERENCES runs (id) ON DELETE CASCADE,
            labels TEXT COLLATE "C" NOT NULL,
            words tsvector NOT NULL)"""
    )
    for function in FUNCTIONS:
        connection.exec_driver_sql(function)
    op.execute(
        """INSERT INTO run_words SELECT id, labels, search_vector(prompt, labels, text)
        FROM (SELECT id, prompt, text, search_labels(id) AS labels FROM runs) AS every"""
    )
    op.execute("CREATE INDEX ix_run_words_words ON run_words USING gin (words)")
    for name, trigger in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {trigger}")


def _letters() -> tuple[str, str]:
    """Return letters and marks, and what SQLite reads each as."""
    data = json.loads(LETTERS.read_text("utf-8"))
    ranges = (part.partition("-") for part in data["separators"].split())
    between = "".join(chr(one) for low, _, high in ranges for one in range(int(low, 16), int(high or low, 16) + 1))
    left_out = data["left_out"]
    return data["letters"] + left_out + between, data["read_as"] + NOTHING * len(left_out) + " " * len(between)


def downgrade() -> None:
    """Undo the migration."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for name, trigger in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON {trigger.partition(' ON ')[2].split()[0]}")
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function.split()[2].partition('(')[0]}")
    op.execute("DROP TABLE run_words")
    op.execute("DROP TABLE search_letters")
