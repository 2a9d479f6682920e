"""Tracing with OpenTelemetry's SDK: spans of operations, sampled by their trace, sent by way of the spool.

Which span is under way is kept in :data:`telemetry.trace_context.CURRENT`, which logs and requests read too. Nothing is global.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import (
    ReadableSpan,
    Span as SdkSpan,
    SpanLimits,
    SpanProcessor,
    TracerProvider,
)
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from telemetry.counters import Family
from telemetry.operations import Facts
from telemetry.otlp import Sender
from telemetry.span_figures import SpanFigures
from telemetry.spool import Spool
from telemetry.trace_context import CURRENT, TraceContext

FOLDER: Final = "traces"
BATCH: Final = 512
QUEUE: Final = 4_096  # spans; some ten seconds of the busiest door
EXPORT_EVERY_MS: Final = 5_000  # a crash loses so much; more often costs more than the spans do
_NANOS: Final = 1_000_000_000

Now = Callable[[], int]
"""Nanoseconds since 1970."""


class Tracing:
    """The tracing of one process; ``close`` it. ``now`` gives nanoseconds since 1970."""

    def __init__(
        self,
        *,
        service: str,
        url: str,
        share: float,
        folder: Path,
        now: Now,
        every_ms: int = EXPORT_EVERY_MS,
    ) -> None:
        self._now = now
        self._spool = Spool(folder / FOLDER, now)
        self._sender = Sender(self._spool, url)
        self._figures = SpanFigures()
        self._resource = Resource({"service.name": service})
        self._ids = RandomIdGenerator()
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            id_generator=self._ids,
            resource=self._resource,
            shutdown_on_exit=False,
            span_limits=SpanLimits(
                max_span_attributes=32,
                max_attributes=32,
                max_events=8,
                max_links=8,
                max_attribute_length=256,
            ),
        )
        self._batches = BatchSpanProcessor(
            _ToSpool(self._spool, self._sender),
            max_queue_size=QUEUE,
            schedule_delay_millis=every_ms,
            max_export_batch_size=BATCH,
            export_timeout_millis=EXPORT_EVERY_MS,
        )
        self._provider.add_span_processor(_Counting(self._figures))
        self._provider.add_span_processor(self._batches)
        self._tracer = self._provider.get_tracer("gatepost")
        self._scope = InstrumentationScope("gatepost")
        self._sender.start()

    def close(self) -> None:
        """Hand all spans to the spool, try once to send them, and end."""
        self._provider.shutdown()
        self._sender.stop()

    def families(self) -> Iterator[Family]:
        """Figures of the spans."""
        return self._figures.families(self._spool.size(), self._spool.dropped)

    def begin(
        self,
        name: str,
        *,
        parent: TraceContext | None,
        at: int | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        link: TraceContext | None = None,
        facts: Facts | None = None,
    ) -> "Running":
        """A span inside ``parent``, or the first of a trace; ``at`` in nanoseconds since 1970, None for now."""
        span = self._tracer.start_span(
            name,
            context=_inside(parent),
            kind=kind,
            attributes=facts,
            links=None if link is None else [Link(_span_context(link))],
            start_time=self._now() if at is None else at,
        )
        return Running(span, self._now)

    def record(self, name: str, *, parent: TraceContext, at: int, until: int) -> None:
        """A span inside ``parent`` that is over and of which only its time is known; a quarter of what another one costs."""
        if not parent.sampled:
            return
        above = _span_context(parent)
        context = SpanContext(
            trace_id=above.trace_id,
            span_id=self._ids.generate_span_id(),
            is_remote=False,
            trace_flags=above.trace_flags,
        )
        self._figures.began()
        self._batches.on_end(
            ReadableSpan(
                name,
                context=context,
                parent=above,
                resource=self._resource,
                instrumentation_scope=self._scope,
                start_time=at,
                end_time=until,
            )
        )
        self._figures.ended(name, (until - at) / _NANOS, failed=False)

    @contextmanager
    def operation(self, name: str, facts: Facts | None = None) -> Iterator["Running"]:
        """One operation inside the one under way; what it raises is recorded."""
        running = self.begin(name, parent=CURRENT.get(), facts=facts)
        with running.under_way():
            yield running


class Running:
    """A span under way."""

    def __init__(self, span: Span, now: Now) -> None:
        self._span = span
        self._now = now
        found = span.get_span_context()
        self.context = TraceContext(
            trace_id=f"{found.trace_id:032x}",
            span_id=f"{found.span_id:016x}",
            sampled=found.trace_flags.sampled,
        )

    @property
    def is_recorded(self) -> bool:
        """Whether anything that is noted will be kept."""
        return self._span.is_recording()

    def note(self, facts: Facts) -> None:
        """This is known of it now."""
        self._span.set_attributes(facts)

    def rename(self, name: str) -> None:
        """It is known only now what it is called."""
        self._span.update_name(name)

    def failed(self, error: BaseException | str) -> None:
        """It ended in an error; a text is the fault's own words."""
        if isinstance(error, BaseException):
            self._span.record_exception(error)
        else:
            self._span.add_event("exception", {"exception.message": error}, self._now())
        self._span.set_status(Status(StatusCode.ERROR, str(error)))

    def end(self, at: int | None = None) -> None:
        """It is over; ``at`` as in :meth:`Tracing.begin`."""
        self._span.end(self._now() if at is None else at)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Inside this block it is the span under way; it ends with it."""
        before = CURRENT.set(self.context)
        try:
            yield
        except BaseException as error:
            self.failed(error)
            raise
        finally:
            CURRENT.reset(before)
            self.end()


class _Counting(SpanProcessor):
    """Figures of every span that is recorded; a span has its last name only when it ends."""

    def __init__(self, figures: SpanFigures) -> None:
        self._figures = figures

    def on_start(self, span: SdkSpan, parent_context: Context | None = None) -> None:  # noqa: ARG002
        self._figures.began()

    def on_end(self, span: ReadableSpan) -> None:
        took = ((span.end_time or 0) - (span.start_time or 0)) / _NANOS
        failed = span.status.status_code is StatusCode.ERROR
        self._figures.ended(span.name, took, failed=failed)


class _ToSpool(SpanExporter):
    def __init__(self, spool: Spool, sender: Sender) -> None:
        self._spool = spool
        self._sender = sender

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._spool.put(encode_spans(spans).SerializeToString())
        self._sender.wake()
        return SpanExportResult.SUCCESS


def _inside(parent: TraceContext | None) -> Context:
    """An OpenTelemetry context with this span in it, and nothing of any other."""
    if parent is None:
        return Context()
    return set_span_in_context(NonRecordingSpan(_span_context(parent)), Context())


def _span_context(context: TraceContext) -> SpanContext:
    return SpanContext(
        trace_id=int(context.trace_id, 16),
        span_id=int(context.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(context.sampled)),
    )
