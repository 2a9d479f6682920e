"""What watches over central besides answering: alerts, samples, what is normal, and the count of answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from central.alerts.sending import Channel, NoticeSender
from central.alerts.service import AlertService
from central.events.workers import Job
from central.figures.baseline import BaselineService
from central.figures.meter import Meter
from central.figures.rebuilding import RollupService
from central.figures.sampling import EVERY_S, SampleService
from central.keys.documents import DocumentService
from central.ops.process import resident_bytes
from central.ports.outlook import Outlook
from central.ports.storage import Storage
from central.ports.world import Clock

EVALUATE_EVERY_S: Final = 30.0
SEND_EVERY_S: Final = 5.0
CLEAN_EVERY_S: Final = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchtower:
    """All of it, wired. ``documents`` tells how often a document was handed out again and made anew."""

    outlook: Outlook
    alerts: AlertService
    sender: NoticeSender
    meter: Meter
    samples: SampleService
    baselines: BaselineService
    rollups: RollupService
    documents: Callable[[], tuple[int, int]]

    def jobs(self) -> list[Job]:
        """What is due now and then."""
        return [
            Job(name="alerts", every_s=EVALUATE_EVERY_S, run=self.alerts.evaluate),
            Job(name="notices", every_s=SEND_EVERY_S, run=self.sender.send_due),
            Job(name="samples", every_s=float(EVERY_S), run=self.samples.sample),
            Job(name="old alerts", every_s=CLEAN_EVERY_S, run=self.alerts.clean_up),
            Job(name="old samples", every_s=CLEAN_EVERY_S, run=self.samples.clean_up),
        ]


def wire_watchtower(
    storage: Storage,
    *,
    clock: Clock,
    outlook: Outlook | None,
    signer: DocumentService,
) -> Watchtower:
    """The watchtower over ``storage``; without an ``outlook`` by the usual one."""
    outlook = outlook or Outlook()
    channels: dict[str, Channel] = {}
    # mail and HTTP take 50 ms to import: who is told nothing does not pay
    if outlook.mail is not None:
        from central.alerts.mail import MailChannel

        channels["mail"] = MailChannel(outlook.mail)
    if outlook.hook is not None:
        from central.alerts.webhook import HookChannel

        channels["webhook"] = HookChannel(outlook.hook, clock=clock)
    return Watchtower(
        outlook=outlook,
        alerts=AlertService(storage=storage, clock=clock, outlook=outlook),
        sender=NoticeSender(storage=storage, clock=clock, channels=channels),
        meter=Meter(storage=storage, clock=clock),
        samples=SampleService(storage=storage, clock=clock, memory=resident_bytes),
        baselines=BaselineService(storage=storage, clock=clock),
        rollups=RollupService(storage=storage),
        documents=lambda: signer.reuse,
    )
