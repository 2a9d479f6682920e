"""The engine behind the screens: :class:`scanner.floor.desk.Floor` is the :class:`scanner.desk.Desk` of a wired door.

camera thread → the newest frame, overwritten by the next → decide thread → tell(Answered)
camera watch    a stalled or dead camera is noticed, let go and opened again
rounds          ledger, disk, clock and keys are looked after; faults clear by themselves
sync            beside, by scanner.sync.worker
"""
