"""Pages of doors."""

from collections.abc import Collection

from cardcore.ids import Audience, DeviceId
from central.errors import Kind, NotFoundError
from central.figures.doors import DoorFigures, DoorState, doors_of
from central.ops.dashboard.charts import DOOR_COLUMNS, door_row
from central.ops.dashboard.pages import ENTRY_COLUMNS, LISTED, Pages, table_page
from central.ops.dashboard.views import Figure, Filter, Section, Table, View
from central.ops.dashboard.visits import Shown, Visit
from central.ops.dashboard.words import count, link
from central.ports.queries import natural, one_of
from central.ports.rollups import Wanted


class DoorPages(Pages):
    """How doors fare."""

    def doors(self, visit: Visit) -> Shown:
        """Doors, those that need a look first."""
        states = {state.name.lower(): state for state in DoorState}
        chosen = one_of(visit.query, "state", ("", *states))
        skip = natural(visit.query, "skip", 0)
        every = [
            door
            for door in self._doors(visit.audiences)
            if not chosen or door.state is states[chosen]
        ]
        shown = every[skip : skip + LISTED]
        with self.storage.read() as tx:
            last = tx.rollups.last_scans([door.device_id for door in shown])
        table = Table(
            name="doors",
            caption=f"{count(len(every))} doors",
            columns=DOOR_COLUMNS,
            rows=[door_row(d, last.get(d.device_id), self.overview.calendar) for d in shown],
            csv=link("/doors", venue=visit.venue, state=chosen, skip=skip or "", format="csv"),
            empty="No such door.",
        )
        left = len(every) > skip + LISTED
        more = link("/doors", venue=visit.venue, state=chosen, skip=skip + LISTED) if left else ""
        choices = [("all", link("/doors", venue=visit.venue), not chosen)]
        choices += [
            (state.value, link("/doors", venue=visit.venue, state=name), name == chosen)
            for name, state in states.items()
        ]
        return table_page(
            "Doors", table, more=more, filters=[Filter(label="State", choices=choices)]
        )

    def _doors(self, audiences: Collection[Audience]) -> list[DoorFigures]:
        silent_s = self.overview.outlook.thresholds.silent_minutes * 60
        with self.storage.read() as tx:
            return doors_of(tx.lookups.doors(audiences), self.clock.micros(), silent_s)

    def door(self, visit: Visit) -> Shown:
        """One door."""
        device_id = DeviceId(visit.path["device_id"])
        found = [door for door in self._doors(visit.audiences) if door.device_id == device_id]
        if not found:
            raise NotFoundError(Kind.NOT_FOUND, "no such door")
        [door] = found
        with self.storage.read() as tx:
            last = tx.rollups.last_scans([device_id]).get(device_id)
        cells = door_row(door, last, self.overview.calendar)
        figures = [
            Figure(label=name, text=cell.text, link=cell.link or link("/doors"), tone=cell.tone)
            for name, cell in zip(DOOR_COLUMNS, cells, strict=True)
        ]
        today = self.overview.calendar.today(self.clock.now())
        rows = self.rows.find(visit.audiences, Wanted(period=today, device_id=device_id))
        table = Table(
            name="entries",
            caption="Its entries of today",
            columns=ENTRY_COLUMNS,
            rows=[self.entry_row(row) for row in rows.rows],
            csv=link("/entries", door=device_id, format="csv"),
        )
        section = Section(name="door", title=door.door, figures=figures, tables=[table])
        return Shown(view=View(title=f"Door {door.door}", sections=[section]))
