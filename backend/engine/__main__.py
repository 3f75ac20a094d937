"""Start the gateway: `python -m backend.engine`."""

import fcntl
import logging
import os
import socket
import sys
from argparse import ArgumentParser

import uvicorn

from backend.chat.engine_key import write_key, write_lab_key
from backend.config import settings
from backend.db import incompatibility
from backend.engine.gateway import build_app
from backend.errors import UserError
from backend.files import keep_private
from backend.machine.connections import TimedProtocol
from backend.machine.supervisor import end_with_supervisor
from backend.redaction import log_to_stderr


class Gateway(uvicorn.Server):
    """A web server that stops the engines first, so that no open stream delays its shutdown."""

    def __init__(self) -> None:
        """Build the application."""
        self.app = build_app(write_key(), write_lab_key())
        config = uvicorn.Config(
            self.app,
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
            http=TimedProtocol,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop the engines' servers, then this one."""
        await self.app.state.serving.pool.close()
        await super().shutdown(sockets)


def listen(port: int) -> socket.socket:
    """Return a listening socket on the loopback interface; exit if the port is in use."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        # Listen at once: several sockets may bind one port as long as none of them listens.
        listener.listen(2048)
    except OSError:
        sys.exit(f"Port {port} is in use. Stop the program that uses it, or set ENGINE_PORT.")
    return listener


def stay_alone() -> None:
    """Exit if another engine runs in this home: both would write their keys to the same files.

    The lock is held until this process ends, however it ends.
    """
    home = settings().home
    descriptor = os.open(home / "engine.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another engine runs for {home}. Stop it, or give this one its WEIRDGEN_HOME.")


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    ArgumentParser(prog="python -m backend.engine", description=__doc__).parse_args()
    keep_private()
    end_with_supervisor()
    log_to_stderr()
    if reason := incompatibility():
        sys.exit(reason)
    for name in ("httpx", "gguf"):
        logging.getLogger(name).setLevel(logging.WARNING)
    port = settings().engine_port
    listener = listen(port)
    stay_alone()
    logging.info("The engine listens at http://127.0.0.1:%s/v1", port)
    try:
        Gateway().run(sockets=[listener])
    except UserError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass  # Ctrl-C is the usual way to stop it.


if __name__ == "__main__":
    main()
