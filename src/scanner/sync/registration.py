"""A door that was enrolled with a token moves to keys of its own, by itself.

Its keys are kept before central is told of them, and the token until central has taken them: whatever is lost in between,
the door can still show who it is.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from cardcore.device_keys import DevicePublicKeys
from cardcore.wire import DeviceKeysAnswer, DeviceKeysRequest
from scanner.errors import LinkRefusedError

_log = logging.getLogger(__name__)


class RegistrationLink(Protocol):
    """Central over the network. All faults are LinkError."""

    def register(self, request: DeviceKeysRequest) -> DeviceKeysAnswer:
        """Tell central the keys of this device."""
        ...


class Registration:
    """Registers the keys once; ``done`` drops the token for good."""

    def __init__(
        self, *, link: RegistrationLink, keys: DevicePublicKeys, done: Callable[[], None]
    ) -> None:
        self._link = link
        self._keys = keys
        self._done = done
        self._is_done = False

    def register_if_needed(self) -> None:
        """Register, unless that is done.

        Raises:
            LinkDownError: central was lost; the token is still good, or the keys are already.
            ConfigError: that it is done cannot be kept.
        """
        if self._is_done:
            return
        request = DeviceKeysRequest(
            signing_key=self._keys.signing.hex(), receiving_key=self._keys.receiving.hex()
        )
        try:
            self._link.register(request)
        except LinkRefusedError as error:  # an older central; the token goes on being good
            _log.info("central takes no keys: %s", error)
            return
        self._done()
        self._is_done = True
