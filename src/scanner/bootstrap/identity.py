"""How this device shows central who it is: its own keys, or the token it was once given."""

import logging
import secrets
from contextlib import closing
from dataclasses import replace

from cardcore.device_keys import KEY_BYTES, DeviceKeys, device_keys_of
from cardcore.enrolment import parse_code
from cardcore.request_signature import NONCE_BYTES
from cardcore.trust_document import Trust, trust_in
from scanner.adapters.central_httpx import HttpCentral, nobody_yet, pinned
from scanner.adapters.device_keys_file import read_device_keys, write_device_keys
from scanner.adapters.keyring_file import DevicePapers, write_papers
from scanner.adapters.roots_file import RootsFile
from scanner.bootstrap.vault import open_vault
from scanner.config import Settings
from scanner.errors import ConfigError, LinkRefusedError
from scanner.ports import Clock
from scanner.sync.notary import CheckpointBook, Notary
from scanner.sync.registration import Registration
from scanner.sync.signer import NEW, RequestSigner

_log = logging.getLogger(__name__)


def roots_of(settings: Settings, papers: DevicePapers) -> RootsFile:
    """The roots that this device trusts: the one it pinned, and those that followed."""
    return RootsFile(settings.folder, pinned=papers.root, audience=papers.audience)


def new_device_keys() -> DeviceKeys:
    """Keys that nobody has had."""
    return device_keys_of(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))


def open_link(settings: Settings, papers: DevicePapers, clock: Clock) -> HttpCentral:
    """Central over HTTP, for one thread; whoever asked for it closes it.

    Raises:
        ConfigError: the device's keys are damaged, or gone.
    """
    keys = read_device_keys(settings.folder, open_vault(settings))
    if keys is None and papers.token is None:
        hint = "the keys of this device are gone: gatepost enrol URL CODE; its log stays"
        raise ConfigError(field="data", value=str(settings.folder), hint=hint)
    signer = None
    if keys is not None:
        signer = RequestSigner(
            key_id=papers.device_id,
            private_key=keys.signing,
            now=lambda: clock.now().seconds,
            random=secrets.token_bytes,
            root=papers.root,
            newer=roots_of(settings, papers).known,
            audience=papers.audience,
        )
    tls = None if papers.certificate is None else pinned(papers.certificate)
    return HttpCentral(papers.central_url, papers.token, clock.mono, signer, tls)


def ask_whom_to_trust(url: str, code_text: str, clock: Clock) -> Trust | None:
    """Central's root and certificate, as the code vouches for them; None for a central that does not tell yet.

    No secret is sent, so whoever answers may be anybody until the answer is checked.

    Raises:
        WireError: not a code.
        UntrustedError: another central's root answered: somebody is in between.
        LinkDownError: central was lost.
    """
    code, nonce = parse_code(code_text), secrets.token_bytes(NONCE_BYTES)
    with closing(HttpCentral(url, None, clock.mono, tls=nobody_yet())) as link:
        try:
            return trust_in(link.trust(nonce), nonce, code)
        except LinkRefusedError as error:
            _log.info("central does not say whom to trust: %s", error)
            return None


def open_link_of_new(
    url: str, keys: DeviceKeys, clock: Clock, certificate: str | None
) -> HttpCentral:
    """Central over HTTP for a device that is about to enrol: what it asks shows that the keys are its own."""
    signer = RequestSigner(
        key_id=NEW,
        private_key=keys.signing,
        now=lambda: clock.now().seconds,
        random=secrets.token_bytes,
    )
    tls = None if certificate is None else pinned(certificate)
    return HttpCentral(url, None, clock.mono, signer, tls)


def make_keys_if_needed(settings: Settings, papers: DevicePapers) -> None:
    """A device that has a token and no keys makes its keys, to be registered with the next sync.

    Raises:
        ConfigError: the folder cannot be written.
    """
    if papers.token is None:
        return
    vault = open_vault(settings)
    if read_device_keys(settings.folder, vault) is None:
        write_device_keys(settings.folder, new_device_keys(), vault)


def registration(
    settings: Settings, papers: DevicePapers, link: HttpCentral
) -> Registration | None:
    """What moves a device that has a token to its keys; None for one that has moved.

    Raises:
        ConfigError: the device's keys are damaged.
    """
    vault = open_vault(settings)
    keys = None if papers.token is None else read_device_keys(settings.folder, vault)
    if keys is None:
        return None
    return Registration(
        link=link,
        keys=keys.public,
        done=lambda: write_papers(settings.folder, replace(papers, token=None), vault),
    )


def make_notary(
    settings: Settings, papers: DevicePapers, clock: Clock, book: CheckpointBook
) -> Notary | None:
    """Who signs the log for this device; None for one that has not registered keys.

    Raises:
        ConfigError: the device's keys are damaged.
    """
    keys = read_device_keys(settings.folder, open_vault(settings))
    if papers.token is not None or keys is None:
        return None
    return Notary(
        keys=keys,
        device=papers.device_id,
        audience=papers.audience,
        roots=roots_of(settings, papers).known,
        now=lambda: clock.now().wall,
        book=book,
    )
