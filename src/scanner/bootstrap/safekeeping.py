"""Who keeps this device's secret, what a thief of its disk would get, and how another keeper takes over."""

from dataclasses import dataclass
from typing import Final

from scanner.adapters.device_secret import Keeper, Means, keeper_of, rewrap
from scanner.bootstrap.vault import device_secret, means_of
from scanner.config import Settings
from scanner.errors import ConfigError
from scanner.passphrase import Passphrase

LOUD: Final = (
    "THE DEVICE'S SECRET LIES IN A FILE BESIDE WHAT IT SEALS: whoever takes this disk reads members' names, card ids, "
    "the log and the venue's keys, can make cards for this venue and sign as this device, until it is revoked"
)
ADVICE: Final = (
    "give it a systemd credential (packaging/README.md), or: gatepost secret move --to passphrase"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Safekeeping:
    """``keeper`` is None before there is a secret; ``theft_gives_away`` is None where a stolen disk alone tells nothing.

    ``names_index``: what becomes of the index that members are found with by name, offline.
    """

    keeper: str | None
    theft_gives_away: str | None
    names_index: str


def safekeeping(settings: Settings) -> Safekeeping:
    """How this device's secret is kept; it is not opened for that.

    Raises:
        ConfigError: the file of the wrapped secret is damaged.
    """
    keeper = keeper_of(settings.folder)
    on, off = "sealed under the device's secret", "off: cards are found by their id alone"
    return Safekeeping(
        keeper=None if keeper is None else keeper.value,
        theft_gives_away=LOUD if keeper is Keeper.FILE else None,
        names_index=on if settings.search_names else off,
    )


def move_secret(settings: Settings, keeper: Keeper, new_passphrase: Passphrase | None) -> Keeper:
    """Let ``keeper`` keep the secret from now on; who kept it before. What is sealed stays as it is.

    Raises:
        ConfigError: it cannot be opened, there is no such means, or a kiosk would have to wait for a passphrase.
    """
    if settings.kiosk and keeper is Keeper.PASSPHRASE:
        hint = "nobody is there to type it when a kiosk starts again; use a credential of systemd's"
        raise ConfigError(field="passphrase", value="--kiosk", hint=hint)
    before = keeper_of(settings.folder)
    found = device_secret(settings)
    means = Means(credential=means_of(settings).credential, passphrase=new_passphrase)
    if found.keeper is not keeper or keeper is Keeper.PASSPHRASE:
        rewrap(settings.folder, found.secret, keeper, means)
    return before or found.keeper
