"""PINs that are good enough, and their digests."""

import pytest

from scanner.adapters.pin_scrypt import ScryptPins, check_pin
from scanner.errors import ConfigError
from tests.fakes.card_material import fixed_bytes


@pytest.mark.parametrize("pin", ["2580", "135792468013"])
def test_a_good_pin(pin: str) -> None:
    check_pin(pin)


@pytest.mark.parametrize(
    "pin", ["", "123", "1234567890123", "12a4", "٣٤٥٦", "1111", "1234", "9876", " 258"]
)
def test_a_pin_that_anybody_would_try(pin: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check_pin(pin)
    assert pin not in str(refused.value) or not pin


def test_a_digest_depends_on_the_device() -> None:
    one, other = (ScryptPins(fixed_bytes(name)) for name in ("one", "other"))
    assert one.digest("2580") == one.digest("2580")
    assert one.digest("2580") not in {other.digest("2580"), one.digest("2581")}
