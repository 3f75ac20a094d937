"""TCP ports on the loopback interface."""

import socket


def free_port() -> int:
    """Return a port on the loopback interface that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
