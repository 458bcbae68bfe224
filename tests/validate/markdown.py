"""Renders pages of Markdown with GitHub's own parser, and holds that nothing of a report became more than text.

    cargo test --test markdown            # writes the pages to target/tmp/pages
    pip install cmarkgfm==2025.10.22
    python3 tests/validate/markdown.py target/tmp/pages

For every page: only elements and attributes that weighbridge writes; links only where they may be, and only to addresses that it knows; outside
of code nothing that GitHub makes a mention, reference, link, emoji, formula, footnote, alert or task of; as many folds opened as closed. And
a page whose every text is hostile has the blocks of one whose every text is a word.
"""

import argparse
import html.parser
import pathlib
import re
import sys

import cmarkgfm
from cmarkgfm.cmark import Options

# Elements, and their attributes. cmark writes the language of a fence to `lang`, and the side of a cell to `align`.
ELEMENTS = {
    "h2": [], "h3": [], "h4": [], "p": [], "br": [], "strong": [], "ul": [], "li": [], "code": [], "pre": ["lang"], "a": ["href"],
    "details": [], "summary": [], "table": [], "thead": [], "tbody": [], "tr": [], "th": ["align"], "td": ["align"],
}
VOID = {"br"}
# Blocks whose number must not depend on the text. A paragraph may be one of several in a rule's description.
BLOCKS = {"h2", "h3", "h4", "ul", "li", "pre", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"}
LINKS = ("https://github.com/weighbridge/weighbridge/blob/v", "https://docs.python.org/")

VERDICTS = {"✗\u00a0failed", "✓\u00a0passed"}

# What GitHub's filters look for in text that is not code, each wider than they are.
LINKED = {
    "mention": r"@\w", "reference": r"#\d|\bGH-\d", "commit": r"\b[0-9a-fA-F]{7,40}\b", "address": r"\w+://|\bwww\.|mailto:|xmpp:",
    "emoji": r":(?!\d\d:)[\w+-]+:", "formula": r"\$", "footnote": r"\[\^", "alert": r"\[!", "task": r"\[[ xX]\]", "comment": r"<!--",
    "control": r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]",
}


class Page(html.parser.HTMLParser):
    """The elements of a page, its blocks and its text outside of code."""

    def __init__(self, links):
        super().__init__(convert_charrefs=True)
        self.links, self.open, self.blocks, self.flaws, self.text, self.rows = links, [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in ELEMENTS:
            self.flaws.append(f"element <{tag}>")
        for name, value in attributes:
            if name not in ELEMENTS.get(tag, []):
                self.flaws.append(f"attribute {name} of <{tag}>")
            if name == "href" and not (self.links and value.startswith(LINKS)):
                self.flaws.append(f"link to {value}")
        if tag in BLOCKS:
            self.blocks.append("/".join([*[parent for parent in self.open if parent in BLOCKS], tag]))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        self.text.append("\n" if tag in BLOCKS | {"p", "br"} else "\0")

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.flaws.append(f"</{tag}> closes something else")
        self.text.append("\0")

    def handle_data(self, data):
        if "code" not in self.open and "pre" not in self.open:
            self.text.append(data)
        if "td" in self.open:
            self.rows[-1][-1] += data

    def handle_comment(self, data):
        self.flaws.append(f"comment {data!r}")

    def handle_decl(self, decl):
        self.flaws.append(f"declaration {decl!r}")

    def handle_pi(self, data):
        self.flaws.append(f"instruction {data!r}")

    def finish(self):
        self.close()
        if self.open:
            self.flaws.append(f"left open: {self.open}")
        # A name with a bar in it would move the cells behind it.
        for row in filter(None, self.rows):
            if row[1] not in VERDICTS:
                self.flaws.append(f"a verdict of {row[1]!r}")
        # An element splits the text that GitHub's filters see.
        for part in "".join(self.text).replace("\0", "\n").splitlines():
            for what, pattern in LINKED.items():
                found = re.search(pattern, part)
                if found:
                    self.flaws.append(f"{what} {found.group()!r} in {part!r}")


def render(text, breaks):
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_GITHUB_PRE_LANG
    return cmarkgfm.github_flavored_markdown_to_html(text, options=options | (Options.CMARK_OPT_HARDBREAKS if breaks else 0))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("pages", type=pathlib.Path)
    given = arguments.parse_args()
    files = sorted(given.pages.glob("*/*.md"))
    if len(files) < 100:
        sys.exit(f"{len(files)} pages in {given.pages}: run `cargo test --test markdown` first")
    flaws, blocks = 0, {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        # A comment has its line ends kept, a summary has not.
        for breaks in (True, False):
            page = Page(links=file.parent.name == "trusted")
            page.feed(render(text, breaks))
            page.finish()
            if "<!--" in text:
                page.flaws.append("the beginning of a comment")
            if file.name.startswith("hostile-"):
                blocks[file, breaks] = page.blocks
            for flaw in page.flaws:
                print(f"{file}: {flaw}")
            flaws += len(page.flaws)
    for (file, breaks), found in blocks.items():
        word = file.with_name("hostile-00.md")
        if file.parent.name != "cut" and found != blocks[word, breaks]:
            print(f"{file}: other blocks than {word}: {set(found) ^ set(blocks[word, breaks]) or 'their number'}")
            flaws += 1
    if flaws:
        sys.exit(f"{flaws} flaws in {len(files)} pages")
    print(f"{len(files)} pages, {sum(map(len, blocks.values()))} blocks of hostile text: nothing but text")


main()
