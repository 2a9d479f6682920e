"""Which servers count as central over TLS."""

import ssl

from scanner.errors import ConfigError


def pinned(certificate: str) -> ssl.SSLContext:
    """Only whom this certificate (PEM) vouches for: itself, or those its authority signed.

    Raises:
        ConfigError: it is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=certificate)
    except (ssl.SSLError, ValueError) as error:
        hint = "no certificate; enrol this device again (gatepost enrol URL CODE)"
        raise ConfigError(field="certificate", value=certificate[:40], hint=hint) from error
    context.verify_flags |= (
        ssl.VERIFY_X509_PARTIAL_CHAIN
    )  # one that is not its own authority counts as well
    return context


def nobody_yet() -> ssl.SSLContext:
    """Anybody: for the one question whose answer is signed, and in which no secret is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
