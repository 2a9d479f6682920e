"""What stands beside the door: a sound, systemd."""

import os
import socket
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.adapters.sound_aplay import AplaySounder
from scanner.adapters.watchdog_systemd import SystemdWatchdog

WITHIN = 10.0


@dataclass(frozen=True)
class Wav:
    path: Path


def test_a_sound_never_waits_and_cuts_off_the_one_before(tmp_path: Path) -> None:
    program = tmp_path / "aplay"
    program.write_text(f"#!{sys.executable}\nimport signal\nsignal.pause()\n")
    program.chmod(stat.S_IRWXU)
    sounder = AplaySounder(str(program))
    sounder.play(Wav(tmp_path / "admit.wav"))
    first = sounder._playing
    sounder.play(Wav(tmp_path / "refuse.wav"))
    assert first is not None
    assert first.returncode is not None
    sounder.close()
    sounder.close()


def test_a_player_that_is_not_there_is_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounder = AplaySounder(str(tmp_path / "no aplay"))
    sounder.play(Wav(tmp_path / "admit.wav"))
    sounder.close()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert AplaySounder.find() is None
    (tmp_path / "aplay").touch(stat.S_IRWXU)
    assert AplaySounder.find() is not None


# ── systemd ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_ready_once_then_beats_with_a_status(
    tmp_path: Path, *, abstract: bool
) -> None:
    address = f"@gatepost-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{address[1:]}" if abstract else address)
        systemd.settimeout(WITHIN)
        watchdog = SystemdWatchdog(address)
        watchdog.beat("online\nfaults: none")
        assert systemd.recv(200) == b"READY=1\nWATCHDOG=1\nSTATUS=online faults: none"
        watchdog.beat()
        assert systemd.recv(200) == b"WATCHDOG=1"


def test_nobody_listening_is_no_fault(tmp_path: Path) -> None:
    SystemdWatchdog(str(tmp_path / "notify")).beat("alone")


# ── a keyboard scanner ──────────────────────────────────────────────────────
