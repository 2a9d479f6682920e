"""What every test gets: Hypothesis profiles, and a run in which a skipped test counts as a failed one."""

import os

import pytest
from hypothesis import settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=500, deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


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
