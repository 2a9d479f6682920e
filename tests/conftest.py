"""What every test gets: Hypothesis profiles, and a run in which a skipped test counts as a failed one."""

import gc
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from coverage import Coverage
from hypothesis import settings

if TYPE_CHECKING:
    from central.storage.transaction import SqlStorage
    from tests.fakes.postgres import Postgres

settings.register_profile("dev", max_examples=15, deadline=None)
settings.register_profile("ci", max_examples=500, deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure() -> None:
    # what a test starts is measured by the tests that call the same in their own process: here it would only be slower
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


# Measuring halves the pace of a test. These go many times over lines that others go over as well.
UNMEASURED = (
    "tests/architecture/",
    "tests/contract/central/test_openapi.py",
    "tests/e2e/",
    "tests/integration/both/",
    "tests/property/",
    "tests/ui/test_snapshots.py",
    "tests/unit/central/dashboard/test_pages.py::test_ten_thousand_doors",
    "tests/unit/central/dashboard/test_rest.py::test_a_page_looks_at_so_many_entries",
    "tests/unit/central/test_http_bad_input.py",
    "tests/unit/scanner/reading/test_no_wrong_read.py",
    "tests/unit/tools/",
)
TWICE = "[postgresql"  # the same once more on another database


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    measure = Coverage.current()
    repeats = item.nodeid.startswith(UNMEASURED) or TWICE in item.nodeid
    if measure is None or not repeats:
        return (yield)
    measure.stop()
    try:
        return (yield)
    finally:
        measure.start()


def pytest_collection_finish() -> None:
    # what was collected lives until the end: a collector that looks at all of it again and again takes an eighth of the time
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    """A private PostgreSQL; a test that wants one is skipped where there is none."""
    # a run without PostgreSQL does not pay for the import
    from tests.fakes.postgres import HOW_TO_GET_IT, binaries, running

    if binaries() is None:
        pytest.skip(HOW_TO_GET_IT)
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_storage(postgres: "Postgres") -> "Iterator[SqlStorage]":
    """One migrated database in it, for the tests that empty it first."""
    from central.storage.transaction import migrate_storage, open_storage

    url = postgres.new_database()
    migrate_storage(url)
    storage = open_storage(url)
    yield storage
    storage.close()


def _skipped_under_ban(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("GATEPOST_FAIL_ON_SKIP") != "1" or reporter is None:
        return []
    return [report.nodeid for report in reporter.stats.get("skipped", [])]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and _skipped_under_ban(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    skipped = _skipped_under_ban(config)
    if skipped:
        terminalreporter.section("GATEPOST_FAIL_ON_SKIP=1: every test has to run", red=True)
        for nodeid in skipped:
            terminalreporter.line(f"skipped: {nodeid}", red=True)
