"""`python -m bot`: the command line."""

import os
import signal


def main() -> None:
    """Answer the words typed; Ctrl-C while modules are still being imported leaves quietly."""
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not under nohup
    if listens:
        # An import may wrap KeyboardInterrupt in other errors; nothing is open yet that needs closing.
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    from bot.cli import app

    if listens:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    app(prog_name="python -m bot")


if __name__ == "__main__":
    main()
