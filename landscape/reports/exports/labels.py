"""What people wrote on a run, put into the reports of an inspection."""

import html

import orjson

from landscape.outside.text import markdown
from landscape.schema.labels import Labels


def labelled_json(text: str, labels: Labels) -> str:
    """A report with `labels` as its last key; as it is where nothing is written on the run."""
    return text if not labels else orjson.dumps(orjson.loads(text) | {"labels": labels.as_dict()}).decode()


def labelled_markdown(text: str, labels: Labels) -> str:
    """A report with the labels on a line below its title."""
    if not labels:
        return text
    title, _, rest = text.partition("\n")
    return f"{title}\n\n*{markdown(labels.as_line())}*\n{rest}"


def labelled_html(text: str, labels: Labels) -> str:
    """A page with the labels in a paragraph below its heading."""
    said = f"</h1>\n<p><em>{html.escape(labels.as_line())}</em></p>"
    return text.replace("</h1>", said, 1) if labels else text
