"""The frame of every page: a document that is complete in itself, prints on A4 and reads on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.exports.html.markup import Markup, element, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STYLE = """
:root { color-scheme: light; --ink: #1b1f24; --dim: #5d6670; --rule: #d5dae0; --soft: #f3f5f7;
  --on: #0b6b3a; --slow: #b3261e; --fast: #1f4fb5; --closing: #fff4d6; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 70rem; color: var(--ink); background: #fff;
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { margin: 0 0 .2rem; font-size: 1.9rem; line-height: 1.15; overflow-wrap: anywhere; }
h2 { margin: 1.8rem 0 .5rem; font-size: 1.2rem; }
h3 { margin: 1rem 0 .2rem; font-size: 1rem; overflow-wrap: anywhere; }
p { margin: .3rem 0; max-width: 45rem; overflow-wrap: anywhere; }
.dim, figcaption, footer, th small { color: var(--dim); }
footer { margin-top: 2rem; border-top: 1px solid var(--rule); padding-top: .6rem; font-size: .85rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .4rem 0; }
th, td { padding: .22rem .55rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule);
  vertical-align: top; }
th:first-child, td:first-child, .text { text-align: left; }
.text { white-space: normal; min-width: 7rem; overflow-wrap: anywhere; }
thead th { background: var(--soft); vertical-align: bottom; }
th.name { white-space: normal; max-width: 9rem; overflow-wrap: anywhere; font-size: .95em; }
.grid tbody th { background: #fff; position: sticky; left: 0; font-weight: 600; }
tr.closing td, .grid tr.closing th { background: var(--closing); }
tr.measure:first-child td, tr.measure:first-child th { border-top: 2px solid var(--ink); }
tr.measure th { font-weight: 400; color: var(--dim); }
td small { display: block; font-size: .8em; } small.split { color: var(--dim); font-weight: 400; }
.on { color: var(--on); } .slow { color: var(--slow); } .fast { color: var(--fast); } .none { color: var(--dim); }
.best { font-weight: 700; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: .2rem 1.6rem; }
figure { margin: 0 0 .6rem; break-inside: avoid; }
figure svg { width: 100%; max-width: 46rem; height: auto; display: block; }
figcaption { font-size: .85rem; }
blockquote { margin: .8rem 0; padding: .3rem 1rem; border-left: 4px solid var(--closing); max-width: 45rem; }
@media (max-width: 40rem) { body { padding: .8rem; font-size: 15px; } h1 { font-size: 1.5rem; }
  th, td { padding: .2rem .35rem; } .figures { grid-template-columns: 1fr; } }
@page { size: A4; margin: 12mm; }
@media print { html { font-size: 9pt; } body { padding: 0; max-width: none; font-size: 1rem; }
  .wide { overflow: visible; }
  h2, h3 { break-after: avoid; } tr { break-inside: avoid; } th, td { padding: .1rem .3rem; }
  .figures { grid-template-columns: 1fr 1fr; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may do with the page: nothing but show it, even if a text were ever taken for markup."""


def page(title: str, parts: Iterable[str], legend: Sequence[str]) -> str:
    """Returns the document. `legend` are the sentences of its foot."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="robots", content="noindex"),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    foot = element("footer", " · ".join(legend)) if legend else None
    return f"<!DOCTYPE html>\n{element('html', head, element('body', *parts, foot), lang='en')}\n"


def section(title: str, *parts: str | None) -> Markup | None:
    """Returns a part of a page with its title, None if nothing is in it."""
    inside = join(parts)
    return Markup(element("h2", title) + inside) if inside else None


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, text: Iterable[int] = ()) -> Markup:
    """Returns a table that can be scrolled where the page is narrow. Columns at `text` hold names, and may break.

    A column without a single text is left out.
    """
    wide, found = set(text), list(rows)
    shown = [at for at in range(len(head)) if any(each[at] for each in found)]

    def cells(tag: str, texts: Sequence[str]) -> Iterator[Markup]:
        return (element(tag, texts[at], class_="text" if at in wide else None) for at in shown)

    top = element("thead", element("tr", *cells("th", head)))
    body = element("tbody", *(element("tr", *cells("td", each)) for each in found))
    return element("div", element("table", top, body), class_="wide")
