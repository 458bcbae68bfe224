"""Shows pages of Markdown as GitHub shows them, as pictures: light and dark, wide and narrow.

    cargo test --test markdown                       # writes the pages to target/tmp/pages
    pip install cmarkgfm==2025.10.22
    npm pack github-markdown-css@5.9.0 && tar xzf github-markdown-css-5.9.0.tgz
    python3 tests/validate/look.py target/tmp/pages/trusted --css package --out target/look [--only failed mixed]

Needs chromium. What is folded is shown folded and opened. Pictures and pages go to `--out`; look at them.
"""

import argparse
import pathlib
import subprocess
import tempfile

import cmarkgfm
from cmarkgfm.cmark import Options

# A comment on GitHub, whose line ends are breaks, is 16 px inside its frame.
FRAME = """<!doctype html><meta charset=utf-8><title>{name}</title><style>{css}
body {{ margin: 0; background: {back}; }} .markdown-body {{ box-sizing: border-box; padding: 16px; }}</style>
<article class=markdown-body>{body}</article>"""


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("pages", type=pathlib.Path)
    arguments.add_argument("--css", type=pathlib.Path, required=True)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--only", nargs="*", default=[])
    arguments.add_argument("--chromium", default="chromium")
    arguments.add_argument("--looks", nargs="*", default=["light-1000", "dark-1000", "light-400", "light-1000-open"])
    given = arguments.parse_args()
    given.out = given.out.resolve()
    given.out.mkdir(parents=True, exist_ok=True)
    pages = [page for page in sorted(given.pages.glob("*.md")) if not given.only or page.stem in given.only]
    if not pages:
        raise SystemExit(f"no page in {given.pages}")
    for page in pages:
        options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_HARDBREAKS
        body = cmarkgfm.github_flavored_markdown_to_html(page.read_text(encoding="utf-8"), options=options)
        for look in given.looks:
            colour, width, *opened = look.split("-")
            css = (given.css / f"github-markdown-{colour}.css").read_text(encoding="utf-8")
            shown = body.replace("<details>", "<details open>") if opened else body
            back = "#ffffff" if colour == "light" else "#0d1117"
            html = given.out / f"{page.stem}-{look}.html"
            html.write_text(FRAME.format(name=page.stem, css=css, back=back, body=shown), encoding="utf-8")
            shoot(given.chromium, html, int(width))


def shoot(chromium, html, width):
    """One picture beside the page, as high as the page is."""
    picture = html.with_suffix(".png")
    with tempfile.TemporaryDirectory() as profile:
        base = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"]
        probe = "<script>addEventListener('load', () => {document.title = document.body.scrollHeight})</script>"
        probed = html.with_suffix(".probe.html")
        # A headless window is at least 500 px wide; a narrow page stands in a frame of its width.
        text = html.read_text(encoding="utf-8").replace("<article ", f"<article style='width:{width}px' ", 1)
        probed.write_text(text + probe, encoding="utf-8")
        dumped = subprocess.run([*base, f"--window-size={width},800", "--dump-dom", probed.as_uri()],
                                check=True, capture_output=True, text=True, timeout=120).stdout
        height = int(dumped.split("<title>", 1)[1].split("</title>", 1)[0])
        subprocess.run([*base, f"--window-size={max(width, 500)},{min(height + 20, 15000)}", f"--screenshot={picture}", probed.as_uri()],
                       check=True, capture_output=True, timeout=120)
        probed.unlink()
    print(picture)


main()
