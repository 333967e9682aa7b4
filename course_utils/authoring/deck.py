"""A Sphinx extension: slides show what the executed lessons stored, and nothing else.

    ```{lesson-figure} 04 translation
    ```
    ```{lesson-text} 04 parameters
    ```
    A network of {lesson}`04 parameters | CNN: ([\\d,]+)` parameters.
    ```{notes} 2 min
    What the speaker says.
    ```

The first word is the lesson's number, the second the name of one of its cells. A cell that is
missing, was renamed, or holds no such output fails the build, so that a deck cannot disagree with
its lesson.
"""

import base64
import hashlib
import os
import re
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

from course_utils.authoring import ROOT, notebooks
from course_utils.authoring.files import output_folder


class DeckError(ExtensionError):
    """A slide asks for something that its lesson does not have."""


class Notes(nodes.General, nodes.Element):
    """What the speaker says on a slide."""


def find_cell(target, root=ROOT):
    """Return one executed cell of a lesson.

    Args:
        target: str, the lesson's number and the cell's name: "04 translation".
        root: path of the checkout.

    Raises:
        DeckError: there is no such lesson or cell; the message lists the names there are.
    """
    number, _, name = target.strip().partition(" ")
    paths = sorted((root / "notebooks").glob(f"{number}_*.ipynb"))
    if len(paths) != 1:
        raise DeckError(f"no lesson {number!r}: write its number and a cell's name, '04 filters'")
    cells = [c for c in notebooks.read(paths[0], root).cells if c.metadata.get("name")]
    for cell in cells:
        if cell.metadata["name"] == name.strip():
            return cell
    known = ", ".join(cell.metadata["name"] for cell in cells)
    raise DeckError(f"lesson {number} has no cell {name!r}; it has {known}")


def stored_figure(cell):
    """Return a cell's first stored picture and its alt text: (PNG bytes, str).

    Raises:
        DeckError: the cell stores no picture, or one without alt text.
    """
    for output in cell.outputs:
        png = output.get("data", {}).get("image/png")
        alt = output.get("metadata", {}).get("image/png", {}).get("alt")
        if png and alt:
            return base64.b64decode(png), alt
    raise DeckError(f"cell {cell.metadata['name']} stores no figure with alt text")


def stored_text(cell):
    """Return what a cell printed.

    Raises:
        DeckError: it printed nothing.
    """
    texts = [output.text for output in cell.outputs if output.output_type == "stream"]
    texts += [o.data["text/plain"] for o in cell.outputs if o.output_type == "execute_result"]
    if not "".join(texts).strip():
        raise DeckError(f"cell {cell.metadata['name']} printed nothing")
    return "".join(texts).strip("\n")


class LessonFigure(SphinxDirective):
    """Show a cell's stored picture, with its alt text and where it comes from."""

    required_arguments, final_argument_whitespace = 1, True
    option_spec: ClassVar = {"height": directives.length_or_percentage_or_unitless}

    def run(self):
        """Return the picture and its source line."""
        target = self.arguments[0]
        content, alt = stored_figure(find_cell(target, self.config.course_root))
        name = f"lesson-{hashlib.sha256(content).hexdigest()[:16]}.png"
        folder = output_folder("build", self.config.course_root) / "slides" / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        way = Path(os.path.relpath(folder, self.config.course_root / "slides")).as_posix()
        image = nodes.image(uri=f"{way}/{name}", alt=alt, candidates={})
        image["classes"] = ["lesson-figure"]
        if "height" in self.options:
            image["height"] = self.options["height"]
        return [image, source_line(target)]


class LessonText(SphinxDirective):
    """Show what a cell printed, all of it or the lines that match."""

    required_arguments, final_argument_whitespace = 1, True
    option_spec: ClassVar = {"match": directives.unchanged_required}

    def run(self):
        """Return the text as a literal block and its source line."""
        target = self.arguments[0]
        lines = stored_text(find_cell(target, self.config.course_root)).splitlines()
        wanted = self.options.get("match", "")
        lines = [line for line in lines if re.search(wanted, line)]
        if not lines:
            raise DeckError(f"{target}: no line matches {wanted!r}")
        text = "\n".join(lines)
        return [nodes.literal_block(text, text, classes=["lesson-text"]), source_line(target)]


class LessonValue(SphinxRole):
    """Quote one value that a cell printed: its lesson and name, a bar, a pattern with one group."""

    def run(self):
        """Return the value as text."""
        target, bar, pattern = self.text.partition("|")
        text = stored_text(find_cell(target, self.config.course_root))
        found = re.findall(pattern.strip(), text) if bar else []
        if len(found) != 1 or not isinstance(found[0], str):
            raise DeckError(f"{self.text}: the pattern matches {len(found)} values, expected one")
        return [nodes.inline(found[0], found[0], classes=["lesson-value"])], []


def source_line(target):
    """Return the small line that says which cell a picture or a text comes from."""
    text = "lesson {}, cell “{}”".format(*target.split(maxsplit=1))
    return nodes.paragraph(text, text, classes=["source"])


class SpeakerNotes(SphinxDirective):
    """Keep what the speaker says, and for how many minutes, out of the slide."""

    has_content = True
    required_arguments, final_argument_whitespace = 1, True

    def run(self):
        """Return the notes; the minutes come first."""
        self.assert_has_content()
        if not (match := re.fullmatch(r"(\d+(?:\.5)?) min", self.arguments[0])):
            raise DeckError(f"notes need minutes, '2 min' or '1.5 min', not {self.arguments[0]!r}")
        notes = Notes(minutes=float(match[1]))
        notes += nodes.paragraph("", "", nodes.strong(text=self.arguments[0]))
        self.state.nested_parse(self.content, self.content_offset, notes)
        return [notes]


def refuse_unread_quotations(app, doctree):
    """Fail the build where Markdown cut a quotation into pieces and would show them as text."""
    for text in doctree.findall(nodes.Text):
        if "{lesson" in text and not isinstance(text.parent, nodes.literal | nodes.literal_block):
            raise DeckError(f"cut off: {text.strip()!r}; in a table the bar is written \\|")


def setup(app):
    """Register the directives, the role, the notes and the check of what was read."""
    app.connect("doctree-read", refuse_unread_quotations)
    app.add_config_value("course_root", ROOT, "env")
    app.add_directive("lesson-figure", LessonFigure)
    app.add_directive("lesson-text", LessonText)
    app.add_directive("notes", SpeakerNotes)
    app.add_role("lesson", LessonValue())
    open_notes = (lambda writer, _: writer.body.append('<aside class="notes">'),
                  lambda writer, _: writer.body.append("</aside>"))  # fmt: skip
    app.add_node(Notes, revealjs=open_notes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
