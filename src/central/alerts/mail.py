"""Alerts by mail: one plain text for all that changed at once."""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Final

from central.ports.outlook import Mail, MailSecurity

TIMEOUT_S: Final = 10.0
SUBJECT_CHARS_MAX: Final = 120


class MailChannel:
    """Hands mail to the one server of the settings."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def send(self, told: Sequence[Mapping[str, object]]) -> None:
        """Mail these changes.

        Raises:
            OSError: the server did not take it.
        """
        message = message_of(self._mail, told)
        context = ssl.create_default_context(cafile=self._mail.ca_file)
        host, port = self._mail.host, self._mail.port
        if self._mail.security is MailSecurity.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        with server:
            if self._mail.security is MailSecurity.STARTTLS:
                server.starttls(context=context)
            if self._mail.user is not None:
                server.login(self._mail.user, self._mail.password or "")
            server.send_message(message)


# typeshed's own type of a message is made of Any
def message_of(mail: Mail, told: Sequence[Mapping[str, object]]) -> EmailMessage:  # type: ignore[explicit-any]
    """The mail that tells these changes; names with line ends in them stay in their line."""
    first = _line(told[0])
    subject = first if len(told) == 1 else f"{len(told)} alerts: {first}"
    message = EmailMessage()
    message["Subject"] = f"[Gatepost] {subject}"[:SUBJECT_CHARS_MAX]
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to)
    message.set_content("\n".join(_line(each) for each in told) + "\n")
    return message


def _line(each: Mapping[str, object]) -> str:
    text = f"{each['state']}: {each['text']} ({each['severity']}, {each['rule']})"
    return " ".join(text.split())
