"""The words typed in a terminal: each command reads its arguments, asks the house and prints."""

import typer

from bot.cli import demo, doctor, exporting, importing, incidents, kpi, running, tickets

app = typer.Typer(
    help="Steward: a Slack bot that runs a support organisation's playbook.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(running.run)
app.command()(running.manifest)
app.command()(doctor.doctor)
app.command()(kpi.kpi)
importing.app.command()(tickets.tickets)
importing.app.command()(incidents.incidents)
app.add_typer(importing.app, name="import")
app.add_typer(exporting.app, name="export")
