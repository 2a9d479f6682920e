"""Make the committed vectors of the audit entry, of signed documents and of proofs, or check that they are as made.

    python -m tools.make_vectors            writes tests/vectors/audit1.json, documents1.json and proofs1.json
    python -m tools.make_vectors --check    writes nothing; 1 where a file differs

The same files come out of every run: keys and values are fixed. What is in a file is never changed once a door has
shipped; new vectors may be added.
"""

import json
import sys
from pathlib import Path
from typing import Final

from tools.audit_vectors import audit_file
from tools.document_vectors import document_file
from tools.proof_vectors import proof_file

FOLDER: Final = Path(__file__).resolve().parent.parent / "tests" / "vectors"


def made() -> dict[str, str]:
    """Every file's name and text."""
    files = {
        "audit1.json": audit_file(),
        "documents1.json": document_file(),
        "proofs1.json": proof_file(),
    }
    return {
        name: json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        for name, content in files.items()
    }


def main(arguments: list[str]) -> int:
    """Write the files, or compare them with what would be written; the exit code."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    different = 0
    for name, text in made().items():
        path = FOLDER / name
        if not arguments:
            path.write_text(text, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != text:
            print(f"tests/vectors/{name} is not as `python -m tools.make_vectors` makes it")
            different = 1
    return different


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
