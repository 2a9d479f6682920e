"""Tell systemd how the program is: sd_notify over the socket it names in NOTIFY_SOCKET."""

import socket
from contextlib import suppress


class SystemdWatchdog:
    """Sends to ``address``, a path or an abstract name that begins with ``@``; nobody listening is no fault."""

    def __init__(self, address: str) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._is_ready = False

    def beat(self, status: str = "") -> None:
        """The program lives, and this is how it is; to be sent from the event loop, so that one that hangs is started anew.

        The first also says that it is ready.
        """
        lines = ["WATCHDOG=1", *([f"STATUS={status.replace(chr(10), ' ')}"] if status else [])]
        if not self._is_ready:
            lines.insert(0, "READY=1")
            self._is_ready = True
        self._send("\n".join(lines))

    def _send(self, message: str) -> None:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(0)
            sender.sendto(message.encode("utf-8"), self._address)
