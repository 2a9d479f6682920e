"""``gatepost-central serve``."""

import json
from typing import Final

import click

from central.cli.given import Given
from central.cli.log import log_to_stderr
from central.cli.output import examples, place_options

WORKERS_MAX: Final = 64


@click.command(
    epilog=examples(
        "serve",
        "serve --port 0 --json",
        "serve --host 0.0.0.0 --behind-proxy",
        "serve --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem",
    )
)
@click.option("--host", metavar="H", help="Where to listen [default: 127.0.0.1].")
@click.option("--port", metavar="P", help="0 takes a free one [default: 8080].")
@click.option(
    "--database-url",
    metavar="URL",
    help="sqlite:////path or postgresql+psycopg://user@host/name [default: a file in the data directory].",
)
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="A proxy before it speaks TLS; allows plain HTTP beyond this machine.",
)
@click.option(
    "--tls-cert", metavar="FILE", help="Speak TLS with this certificate chain (PEM) and --tls-key."
)
@click.option("--tls-key", metavar="FILE", help="The private key of the certificate (PEM).")
@click.option(
    "--workers",
    type=click.IntRange(0, WORKERS_MAX),
    default=1,
    show_default=True,
    help="Threads that publish events; 0 where `worker` processes do it.",
)
@click.option("--json", "as_json", is_flag=True, help='Say {"listening": URL} when ready.')
@place_options
@click.pass_obj
def command(
    given: Given,
    *,
    host: str | None,
    port: str | None,
    database_url: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    workers: int,
    behind_proxy: bool,
    as_json: bool,
) -> None:
    """Serve doors and phones over HTTP, until SIGTERM or Ctrl-C.

    Makes or upgrades a SQLite file by itself; for PostgreSQL, run `migrate` first.
    """
    settings = given.settings(
        host=host, port=port, database_url=database_url, tls_cert=tls_cert, tls_key=tls_key
    )
    log_to_stderr(settings)
    # The server and its framework take half a second to import: `--help` does not pay.
    from central.serving import serve

    def announce(url: str) -> None:
        click.echo(json.dumps({"listening": url}) if as_json else f"listening on {url}")

    serve(settings, behind_proxy=behind_proxy, workers=workers, announce=announce)
