"""Start the gateway: `python -m backend.engine`."""

import logging
import socket
import sys

import uvicorn

from backend.config import settings
from backend.engine.gateway import build_app


class Gateway(uvicorn.Server):
    """A web server that ends llama.cpp first, so that no stream holds up the end."""

    def __init__(self) -> None:
        """Prepare the application."""
        self.app = build_app()
        config = uvicorn.Config(
            self.app, log_level="warning", access_log=False, timeout_graceful_shutdown=1
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End everything."""
        await self.app.state.serving.pool.close()
        await super().shutdown(sockets)


def listen(port: int) -> socket.socket:
    """Return a socket on the loopback interface; ends the program when the port is taken."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(("127.0.0.1", port))
        # Listening now, because two sockets may be bound to one port until one of them listens.
        opened.listen(2048)
    except OSError:
        sys.stderr.write(f"Port {port} is taken; stop what uses it or set ENGINE_PORT.\n")
        sys.exit(1)
    return opened


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for chatty in ("httpx", "gguf"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    port = settings().engine_port
    opened = listen(port)
    logging.info("The engine answers at http://127.0.0.1:%s/v1", port)
    try:
        Gateway().run(sockets=[opened])
    except KeyboardInterrupt:
        pass  # Ctrl-C is how it is meant to end.


if __name__ == "__main__":
    main()
