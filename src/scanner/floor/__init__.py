"""The engine behind the screens: :class:`scanner.floor.desk.Floor` is the :class:`scanner.desk.Desk` of a wired door.

The camera thread leaves the newest frame, overwritten by the next, to the decide thread, which tells the answer. The
camera watch notices a stalled or dead camera, lets it go and opens it again. The rounds look after ledger, disk, clock and
keys; faults clear by themselves. The sync runs beside (scanner.sync.worker).
"""
