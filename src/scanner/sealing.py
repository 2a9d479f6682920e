"""What a device keeps is sealed under its own secret: whoever has the disk and not the secret reads nothing.

A vault is one secret of 32 bytes. Each purpose has keys of its own, derived from it by HKDF-SHA256:

- sealed bytes are a random nonce of 12 bytes and AES-256-GCM's output; ``about`` binds them to their place, so that
  one cell cannot stand in for another. Under one key there may be 2^32 of them: more than a door writes in its life;
- a handle is a keyed hash of 16 bytes (BLAKE2b): the same for the same value, and nothing to whoever lacks the key.

A sealed file begins with MAGIC, and is bound to its own name. One that does not was written by an earlier program: it
is sealed as it is read.
"""

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from scanner.durable import replace_file
from scanner.errors import SealError

SECRET_BYTES: Final = 32
HANDLE_BYTES: Final = 16
SALT_BYTES: Final = 16
MAGIC: Final = b"\xffGPseal1"  # no text and no CBOR begins with ff
_NONCE_BYTES: Final = 12
Read = TypeVar("Read")
_log = logging.getLogger(__name__)


class Seal:
    """The keys of one purpose."""

    def __init__(self, key: bytes, handle_key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._handle_key = handle_key

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """``plain``, 28 bytes longer, opened by nothing but :meth:`open` with the same ``about``."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """What was sealed.

        Raises:
            SealError: another secret, another place, or damaged.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except (InvalidTag, ValueError) as error:
            msg = "sealed under another secret, or damaged"
            raise SealError(msg) from error

    def handle(self, value: bytes) -> bytes:
        """16 bytes that stand for ``value`` where it is looked for."""
        return hashlib.blake2b(value, digest_size=HANDLE_BYTES, key=self._handle_key).digest()


class Vault:
    """All that one device secret opens."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            msg = f"a device's secret has {SECRET_BYTES} bytes, not {len(secret)}"
            raise SealError(msg)
        self._secret = secret

    def seal_for(self, purpose: str, salt: bytes = b"") -> Seal:
        """The keys of ``purpose``; ``salt`` sets one use of them apart from the next."""
        return Seal(self._derive(f"seal {purpose}", salt), self._derive(f"find {purpose}", salt))

    @property
    def pin_salt(self) -> bytes:
        """The 32 bytes that PINs are salted with: the secret itself, as it always was."""
        return self._secret

    def _derive(self, info: str, salt: bytes) -> bytes:
        kdf = HKDF(algorithm=SHA256(), length=32, salt=salt, info=f"gatepost {info}".encode())
        return kdf.derive(self._secret)


class SealedFile:
    """One file of the data folder, replaced whole or not at all, that its owner alone can read."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self.path = path
        self._vault = vault
        self._about = path.name.encode("utf-8", "surrogateescape")

    def read(self, parse: Callable[[bytes], Read]) -> Read:
        """What it holds, parsed. A file of an earlier program that parses is sealed now, if the folder can be written.

        Raises:
            OSError: not there, or it cannot be read.
            SealError: sealed under another secret, or damaged.
        """
        data = self.path.read_bytes()
        if data.startswith(MAGIC):
            return parse(self._vault.seal_for("files").open(data[len(MAGIC) :], self._about))
        found = parse(data)
        try:
            self.write(data)
        except OSError as error:
            _log.warning("%s lies open, and cannot be sealed: %s", self.path, error)
        return found

    def write(self, data: bytes) -> None:
        """Keep ``data``; durable when this returns.

        Raises:
            OSError: the folder cannot be written.
        """
        replace_file(self.path, MAGIC + self._vault.seal_for("files").seal(data, self._about))


def is_sealed(path: Path) -> bool:
    """Whether there is a file that is sealed, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
