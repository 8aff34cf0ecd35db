"""HTML: the text that a page shows, by the line of the file on which it stands."""

from __future__ import annotations

import re
from codecs import lookup
from html.parser import HTMLParser

from rlmflow.readers._decode import NotText, decode
from rlmflow.readers._layout import Layout
from rlmflow.readers._reader import Reader, Reading, unread
from rlmflow.readers.text import read_text

_HIDDEN = frozenset({"script", "style", "template"})
_LINES = frozenset({"br", "li", "tr", "dt", "dd", "option"})
_PROSE = {"p", "blockquote", "address", "figure", "figcaption", "caption", "title", "legend"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "hgroup", "hr"}
_LISTS = {"ul", "ol", "dl", "menu", "select", "table", "thead", "tbody", "tfoot"}
_REGIONS = {"div", "section", "article", "aside", "header", "footer", "main", "nav", "search"}
_PAGE = {"html", "head", "body", "form", "fieldset", "details", "summary", "dialog", "center"}
_BLOCKS = _PROSE | _HEADINGS | _LISTS | _REGIONS | _PAGE | {"pre", "textarea"}
_AS_IT_STANDS = frozenset({"pre", "textarea"})
_CELLS = frozenset({"td", "th"})
_HEADING = re.compile(r"h([1-6])")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_DECLARED = re.compile(
    rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]+encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
# A page says what it is written in within its first bytes (WHATWG HTML, 4.2.5.4).
_DECLARED_WITHIN = 1024
_MOST_LEFT_OPEN = 1000
_FILLED_BY_SCRIPTS = "no text: its scripts would fill it in a browser"


def read_html(name: str, data: bytes) -> Reading:
    """The text of a page, a blank line between blocks, headings and list items marked.

    Scripts, styles, comments and attributes are no text of the page, but for `alt`,
    which stands for a picture. A place is the line in the file. What is hardly HTML is
    read as it stands.
    """
    try:
        text = _declared(data) or decode(data)[0]
    except NotText as reason:
        return unread(name, str(reason))
    if _is_hardly_html(text):
        return read_text(name, data)
    page = _Page()
    page.feed(text)
    page.close()
    if page.layout.is_empty and page.has_scripts:
        return unread(name, _FILLED_BY_SCRIPTS)
    return Reading(page.layout.document(name))


def _is_hardly_html(text: str) -> bool:
    """Whether so much is opened and never closed that the parser would take for ever."""
    comments = text.count("<!--") - text.count("-->")
    return comments > _MOST_LEFT_OPEN or text.count("<") - text.count(">") > 10 * _MOST_LEFT_OPEN


def _declared(data: bytes) -> str | None:
    """The text in the encoding that the page declares, if it is in that encoding."""
    found = _DECLARED.search(data[:_DECLARED_WITHIN])
    if not found or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    try:
        codec = lookup((found[1] or found[2]).decode("ascii"))
        # What calls itself Latin-1 is Windows-1252 to every browser (WHATWG Encoding, 4.2).
        wanted = "cp1252" if codec.name in ("iso8859-1", "ascii") else codec.name
        return str(data, wanted).removeprefix("\ufeff")
    except (LookupError, ValueError):
        return None


class _Page(HTMLParser):
    """Hears of tags and text in their order, and lays the text out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.layout = Layout("line")
        self.has_scripts = False
        self._hidden: list[str] = []
        self._kept = 0
        self._before = ""
        self._cells = 0
        self._space = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.has_scripts = self.has_scripts or tag == "script"
        if tag in _HIDDEN:
            self._hidden.append(tag)
        self._bound(tag)
        if heading := _HEADING.fullmatch(tag):
            self._before = "#" * int(heading[1]) + " "
        elif tag == "li":
            self._before = "- "
        elif tag == "tr":
            self._cells = 0
        elif tag in _CELLS:
            self._before = "\t" if self._cells else ""
            self._cells += 1
        elif tag == "img" and (alt := dict(attrs).get("alt")):
            self.handle_data(alt)
        if tag in _AS_IT_STANDS:
            self._kept += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The slash means nothing in HTML, but the parser takes no text behind `<style/>` for
        # a style sheet, so it must not be hidden.
        self.handle_starttag(tag, attrs)
        if tag in _HIDDEN:
            self._hidden.pop()

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        if tag in _AS_IT_STANDS:
            self._kept = max(self._kept - 1, 0)
        if tag not in _CELLS and tag != "br":
            self._bound(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        first, _ = self.getpos()
        for number, line in enumerate(_lines(data), start=first):
            if self._kept:
                self._add(line, number)
            else:
                self._add_collapsed(line, number)

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.handle_data(data.removeprefix("CDATA["))

    def _bound(self, tag: str) -> None:
        """The line ends that a tag stands for."""
        if tag in _BLOCKS:
            self.layout.end_line(2)
        elif tag in _LINES:
            self.layout.end_line()
        else:
            return
        self._space, self._before = False, ""

    def _add_collapsed(self, line: str, number: int) -> None:
        text = _SPACE.sub(" ", line)
        said = text.strip(" ")
        if not said:
            self._space = self._space or bool(text)
            return
        if (self._space or text.startswith(" ")) and not self.layout.at_line_start:
            said = f" {said}"
        self._add(said, number)
        self._space = text.endswith(" ")

    def _add(self, text: str, number: int) -> None:
        if self._before and text.strip():
            text, self._before = f"{self._before}{text.lstrip(' ')}", ""
        self.layout.add(text, number)


def _lines(text: str) -> list[str]:
    """The lines of a text with their ends, which are `\\n` alone, as an editor counts them."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


HTML = Reader(read_html, suffixes=(".html", ".htm", ".xhtml"))
