"""The screens of a door and of a kiosk; the only place that imports Textual.

They hold a :class:`scanner.desk.Desk` and fetch nothing themselves. ``scanner.cli.run`` builds the app and runs it with
:func:`scanner.ui.app.run_app`.
"""
