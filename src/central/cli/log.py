"""Where the commands that stay write their logs."""

import sys

from central.config import Settings, is_under_systemd


def log_to_stderr(settings: Settings) -> None:
    """Logs to standard error, as the settings say."""
    # structlog takes a tenth of a second to import: only what stays pays
    from telemetry.logs import configure

    configure(
        sys.stderr,
        level=settings.log_level,
        style=settings.log_format,
        by_systemd=is_under_systemd(),
    )
