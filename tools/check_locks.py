"""Say where the locks in requirements/ disagree with pyproject.toml, with each other or with their own rules.

Needs no network: which package wants which is read from what is installed.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
EXTRAS = {"door": ("door",), "central": ("central",), "dev": ("door", "central", "test"), "uv": ()}
AN_ADDRESS = re.compile(r"://|^\s*(-i|-f|--[a-z-]*(index|links|host))\b", re.MULTILINE)
# installs the module cv2 as its headless build does, and brings windows that need Debian's graphics
REFUSED = {"opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless"}

Pins = dict[str, Version]


def asked(lock: str) -> Iterator[Requirement]:
    """What the lock was compiled from: pyproject.toml for its extras, and its own .in file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    if EXTRAS[lock]:
        yield from map(Requirement, project["dependencies"])
    for extra in EXTRAS[lock]:
        yield from map(Requirement, project["optional-dependencies"][extra])
    own = FOLDER / f"{lock}.in"
    for line in own.read_text().splitlines() if own.exists() else ():
        if text := line.partition("#")[0].strip():
            yield Requirement(text)


def closure(wanted: Iterable[Requirement]) -> set[str]:
    """The names of what is wanted, and of all that those want on this machine."""
    names: set[str] = set()
    seen: set[tuple[str, str]] = set()
    queue = [(one, "") for one in wanted]
    while queue:
        one, extra = queue.pop()
        name = canonicalize_name(one.name)
        if one.marker is not None and not one.marker.evaluate({"extra": extra}):
            continue
        names.add(name)
        for deeper in {"", *one.extras} - {had for at, had in seen if at == name}:
            seen.add((name, deeper))
            queue += [(Requirement(text), deeper) for text in needs(name)]
    return names


def needs(name: str) -> list[str]:
    """What an installed package asks for; of one that is not installed the lock check itself will tell."""
    try:
        return requires(name) or []
    except PackageNotFoundError:
        return []


def blocks(text: str) -> Iterator[str]:
    """Each pin with its hashes: a name at the margin, and the lines set in below it."""
    yield from re.findall(r"^\w.*(?:\n[ \t].*)*", text, re.MULTILINE)


def read(lock: str) -> tuple[Pins, list[str]]:
    """The pins of a lock that hold on this machine, and what is wrong with its text."""
    text = (FOLDER / f"{lock}.txt").read_text()
    wrong = ["holds an address"] if AN_ADDRESS.search(text) else []
    pins: Pins = {}
    for block in blocks(text):
        pin = Requirement(block.splitlines()[0].rstrip(" \\"))
        if "--hash=sha256:" not in block:
            wrong.append(f"{pin.name} has no hash")
        if pin.marker is None or pin.marker.evaluate():
            pins[canonicalize_name(pin.name)] = Version(str(pin.specifier).removeprefix("=="))
    return pins, wrong


def disagreements(lock: str, dev: Pins) -> Iterator[str]:
    """Everything that is wrong with one lock."""
    pins, wrong = read(lock)
    yield from wrong
    for one in asked(lock):
        version = pins.get(canonicalize_name(one.name))
        if version is not None and not one.specifier.contains(version, prereleases=True):
            yield f"pins {one.name} {version}, but {one} is asked for"
    wanted = closure(asked(lock))
    yield from (f"lacks {name}" for name in sorted(wanted - pins.keys()))
    yield from (f"pins {name}, which nothing asks for" for name in sorted(pins.keys() - wanted))
    yield from (f"pins {name}: see docs/adr/0002" for name in sorted(pins.keys() & REFUSED))
    for name in sorted(pins.keys() & dev.keys()):
        if pins[name] != dev[name]:
            yield f"pins {name} {pins[name]}, but dev.txt pins {dev[name]}"


def main() -> int:
    """Print every disagreement; 0 if there is none."""
    dev, _ = read("dev")
    found = [
        f"requirements/{lock}.txt {wrong}" for lock in EXTRAS for wrong in disagreements(lock, dev)
    ]
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print("`make lock` compiles them anew.", file=sys.stderr)
        return 1
    print(f"{len(EXTRAS)} locks agree with pyproject.toml and hold no address.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
