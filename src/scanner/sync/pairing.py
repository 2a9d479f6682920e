"""Pair this device with central: nothing is trusted that the one-time code does not vouch for."""

from cardcore.device_keys import DevicePublicKeys
from cardcore.enrolment import base32, parse_code
from cardcore.errors import UntrustedError
from cardcore.wire import EnrolAnswer, EnrolRequest, bytes_of
from scanner.ports import CentralLink


def pair(link: CentralLink, code_text: str, program: str, keys: DevicePublicKeys) -> EnrolAnswer:
    """Central's answer to the code, from the central that the code was made by; it is told these keys.

    Raises:
        WireError: not a code.
        UntrustedError: another central's root answered: somebody is in between.
        LinkError: central was lost, or refused the code.
    """
    code = parse_code(code_text)
    answer = link.enrol(
        EnrolRequest(
            selector=base32(code.selector),
            secret=base32(code.secret),
            program=program,
            signing_key=keys.signing.hex(),
            receiving_key=keys.receiving.hex(),
        )
    )
    if not code.trusts(bytes_of(answer.root_public_key)):
        msg = (
            "the answer comes from another central than the one that made this code; do not use it"
        )
        raise UntrustedError(msg)
    return answer
