"""The policy that central signed last, in a file; until the first one comes, that of the enrolment holds."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from cardcore.documents import DocumentKind, RootKey
from cardcore.ids import Audience
from cardcore.policy import DoorPolicy
from cardcore.policy_document import policy_in
from scanner.signed_files import SignedFile

POLICY_FILE: Final = "policy.cose"


class PolicyFile:
    """The policy of a door."""

    def __init__(
        self,
        folder: Path,
        *,
        audience: Audience,
        roots: Callable[[], Iterable[RootKey]],
        enrolled_with: DoorPolicy,
    ) -> None:
        self._first = enrolled_with
        self._file = SignedFile(
            folder / POLICY_FILE,
            kind=DocumentKind.POLICY,
            audience=audience,
            roots=roots,
            read=policy_in,
        )

    def current(self) -> DoorPolicy:
        """The policy in force."""
        held = self._file.current()
        return self._first if held is None else held.value

    def replace(self, data: bytes) -> None:
        """Keep a policy that passed every check. Raises as :meth:`scanner.signed_files.SignedFile.replace`."""
        self._file.replace(data)

    def forget(self) -> None:
        """The device was enrolled anew. Raises as :meth:`scanner.signed_files.SignedFile.forget`."""
        self._file.forget()
