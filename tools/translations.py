"""Keep the catalogues of the screens in step with the code: ``python -m tools.translations``.

It reads every text that is said or marked in ``scanner.ui`` and every phrase of a verdict, brings each
``locale/<language>/LC_MESSAGES/gatepost.po`` up to date and compiles it. ``--check`` writes nothing, and says what is
untranslated, obsolete or not compiled. A new language is one file: ``--add fr`` makes it.
"""

import argparse
import io
import re
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from cardcore.reasons import Reason
from scanner.door.decision import Admit, Record, Refuse, Review
from scanner.door.verdict import verdict_of
from scanner.ui.i18n import DOMAIN, LOCALE

SOURCES: Final = LOCALE.parent
KEYWORDS: Final = {"say": None, "mark": None}
FIELD: Final = re.compile(r"\{\w+\}")
_MO_MAGIC: Final = 0x950412DE
_MO_HEAD: Final = struct.Struct("<7I")
HEADER: Final = (
    "# The screens of Gatepost in another language: write each translation behind its msgstr.\n#"
)


def texts() -> dict[str, list[tuple[str, int]]]:
    """Every text people are shown, and where it stands."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, line, text, *_ in extract_from_dir(
        str(SOURCES), [("**.py", "python")], keywords=KEYWORDS
    ):
        if isinstance(text, str) and text:
            found.setdefault(text, []).append((name, line))
    for text in phrases():
        found.setdefault(text, [])
    return found


def phrases() -> Iterator[str]:
    """Every word, rule and advice of a verdict."""
    for reason in Reason:
        for kind in (Admit, Refuse, Review, Record):
            verdict = verdict_of(kind(reason=reason))
            yield from filter(None, (verdict.word, verdict.rule, verdict.advice))


def template() -> Catalog:
    """All texts, untranslated, in the order of the alphabet."""
    catalog = Catalog(domain=DOMAIN, charset="utf-8")
    for text in sorted(texts()):
        catalog.add(text)
    return catalog


def read(path: Path) -> Catalog:
    """The catalogue in ``path``; its language is the name of its folder."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name, domain=DOMAIN)


def updated(catalog: Catalog) -> Catalog:
    """``catalog`` with the texts of today: its translations kept, the obsolete gone."""
    fresh = Catalog(locale=catalog.locale, domain=DOMAIN, header_comment=HEADER, fuzzy=False)
    for message in template():
        if message.id:
            old = catalog.get(message.id)
            fresh.add(message.id, "" if old is None else old.string)
    return fresh


def po_bytes(catalog: Catalog) -> bytes:
    """The file of ``catalog``, the same on every day: the dates of its head are left out."""
    out = io.BytesIO()
    write_po(out, catalog, sort_output=True, width=100, no_location=True)
    unsaid = (b'"POT', b'"PO-', b'"Generated', b'"Last-', b'"Report', b'"Language-T', b'"Project')
    return b"".join(
        line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(unsaid)
    )


def mo_bytes(catalog: Catalog) -> bytes:
    """The compiled form (GNU gettext, revision 0), the same on every day: its head has no date."""
    pairs = {"": "Content-Type: text/plain; charset=utf-8\n"}
    pairs |= {str(one.id): str(one.string) for one in _messages(catalog) if one.string}
    keys = sorted(pairs, key=str.encode)
    texts = [key.encode() for key in keys] + [pairs[key].encode() for key in keys]
    place = _MO_HEAD.size + 8 * len(texts)
    table = b""
    for text in texts:
        table += struct.pack("<II", len(text), place)
        place += len(text) + 1
    head = _MO_HEAD.pack(
        _MO_MAGIC, 0, len(keys), _MO_HEAD.size, _MO_HEAD.size + 8 * len(keys), 0, 0
    )
    return head + table + b"".join(text + b"\0" for text in texts)


def complaints(path: Path) -> list[str]:
    """What is wrong with the catalogue in ``path``."""
    catalog, wanted = read(path), set(texts())
    held = {str(message.id): str(message.string) for message in _messages(catalog)}
    found = [f"missing: {text!r}" for text in sorted(wanted - held.keys())]
    found += [f"obsolete: {text!r}" for text in sorted(held.keys() - wanted)]
    found += [f"untranslated: {text!r}" for text in sorted(wanted & held.keys()) if not held[text]]
    found += [
        f"other fields than {text!r}: {said!r}"
        for text, said in sorted(held.items())
        if said and sorted(FIELD.findall(text)) != sorted(FIELD.findall(said))
    ]
    compiled = path.with_suffix(".mo")
    if not compiled.is_file() or compiled.read_bytes() != mo_bytes(catalog):
        found.append("not compiled")
    return [f"{path.parents[1].name}: {line}" for line in found]


def catalogues() -> list[Path]:
    """The file of every language."""
    return sorted(LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def write(path: Path) -> None:
    """Bring ``path`` up to date, and compile it."""
    path.write_bytes(po_bytes(updated(read(path))))
    path.with_suffix(".mo").write_bytes(mo_bytes(read(path)))


def add(language: str) -> Path:
    """Begin a new language."""
    path = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(po_bytes(updated(Catalog(locale=language, domain=DOMAIN))))
    return path


def _messages(catalog: Iterable[Message]) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def main(arguments: Sequence[str] | None = None) -> int:
    """Update, or check."""
    parser = argparse.ArgumentParser(description="Keep the catalogues in step with the code.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; 1 if anything is stale"
    )
    parser.add_argument("--add", metavar="LANGUAGE", help="begin a new language: de, fr, pt_BR")
    given = parser.parse_args(arguments)
    if given.add:
        add(given.add)
    if not given.check:
        for path in catalogues():
            write(path)
    found = [line for path in catalogues() for line in complaints(path)]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
