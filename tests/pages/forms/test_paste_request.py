"""A request that is pasted fills its form in, also that of another page; a key in it is kept nowhere."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

CURL = """curl https://api.openai.com/v1/images/generations -H "Authorization: Bearer sk-proj-abcdefghijklmnop" \\
  -d '{"model": "gpt-image-2", "prompt": "a red fox", "n": 3, "seed": 7}'"""


def paste(app: AppTest, text: str, operation: str = "generate") -> AppTest:
    app.session_state[f"{operation}.paste"] = True  # the panel is open
    app.run().text_area(key=f"{operation}.paste.text").set_value(text)
    return app.button(key=f"{operation}.paste.use").click().run()


def everything(app: AppTest) -> str:
    """Return what the page shows and what its fields hold."""
    return f"{app.main}{[one.value for one in (*app.text_area, *app.toast, *app.markdown)]}"


def remarks(app: AppTest) -> list[str]:
    """What a form says below its prompt of what was pasted."""
    return [one.value for one in app.caption if ":material/receipt_long:" in one.value]


def test_a_curl_command_fills_the_form_in_without_its_key(app: AppTest) -> None:
    """Values are in the form; below the prompt it says what was not read and that the key was dropped."""
    paste(app.run(), CURL)
    assert app.text_area(key="generate.prompt").value == "a red fox"
    (remark,) = remarks(app)
    assert "key was dropped" in remark
    assert ["remark below the prompt" in str(one.value) for one in app.toast] == [True]
    assert "seed" in remark
    assert "sk-proj" not in everything(app)


def test_what_was_not_read_is_said_until_the_form_changes(app: AppTest) -> None:
    """It stays however often the page is drawn, for the next pasted request it is another, and an edit removes it."""
    paste(app.run(), CURL)
    paste(app, CURL.replace('"seed": 7', '"steps": 7'))
    for _ in range(3):
        app.run()
    (remark,) = remarks(app)
    assert "steps" in remark
    assert "seed" not in remark
    app.text_area(key="generate.prompt").set_value("a red fox at sea").run()
    assert remarks(app) == []
    app.text_area(key="generate.prompt").set_value("a red fox").run()
    assert remarks(app) == []


def test_a_value_out_of_range_is_named_in_one_sentence(app: AppTest) -> None:
    """What the parameter says of it ends the sentence, with one full stop."""
    paste(app.run(), '{"model": "gpt-image-2", "prompt": "a red fox", "n": 99}')
    (remark,) = remarks(app)
    assert remark.replace("\\", "").endswith("from 1 to 10.")
    assert ".." not in remark.replace("\\", "")


def test_what_was_not_read_is_said_until_the_form_is_run(app: AppTest) -> None:
    """A run, or another load, ends it."""
    paste(app.run(), CURL)
    assert len(remarks(app)) == 1
    app.button(key="generate.submit").click().run()
    assert remarks(app) == []
    paste(app, CURL)
    assert len(remarks(app)) == 1
    paste(app, '{"model": "gpt-image-2", "prompt": "a red fox", "n": 3}')
    assert remarks(app) == []


def test_what_cannot_be_read_stays_in_the_field(app: AppTest) -> None:
    """A command that is no curl is refused, and its text stays without its key, which is said where there was one."""
    paste(app.run(), "wget https://a.b --header 'Authorization: Bearer sk-proj-abcdefghijklmnop'")
    (refusal,) = [str(one.value) for one in app.markdown if "not a curl command" in str(one.value)]
    assert "Its key was dropped" in refusal
    assert app.text_area(key="generate.paste.text").value.startswith("wget https://a.b")
    assert "sk-proj" not in everything(app)


def test_a_refusal_names_no_key_where_there_was_none(app: AppTest) -> None:
    """A command without a key is refused without a word about one."""
    paste(app.run(), "rm -rf / && wget https://a.b")
    (refusal,) = [str(one.value) for one in app.markdown if "not a curl command" in str(one.value)]
    assert "key" not in refusal


def test_a_request_of_another_operation_opens_its_page(app: AppTest) -> None:
    """An analysis that is pasted on Generate is in Analyze's form."""
    paste(app.run(), json.dumps({"model": "gpt-6.1-terra", "input": "How many foxes?", "top_k": 3}))
    assert app.text_area(key="analyze.text").value == "How many foxes?"
    assert "top\\_k" in "".join(remarks(app))
