"""No client keeps the others from a model: unread streams end, and no name buys more turns."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor, wait

import openai

from backend.chat.engine_key import read_lab_key
from models.base_models import EMBEDDED
from tests.engine.gateway_lab import TRUSTED, Lab
from tests.processes import wait_until

KEY = f"base:{EMBEDDED}"
SLOTS = 8


def request_of(body: dict[str, object]) -> bytes:
    content = json.dumps(body).encode()
    headers = TRUSTED | {"host": "127.0.0.1", "content-type": "application/json"}
    headers |= {"content-length": str(len(content))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /v1/chat/completions HTTP/1.1\r\n{lines}\r\n".encode() + content


def test_a_stream_that_is_never_read_gives_its_slots_back(lab: Lab) -> None:
    lab.ask(max_tokens=1)
    ask = {"model": EMBEDDED, "messages": [{"role": "user", "content": "Ramble."}], "n": SLOTS}
    much = {"stream": True, "max_tokens": 1900, "temperature": 5, "seed": 1}
    much |= {"logprobs": True, "top_logprobs": 20}  # More than the kernel holds for a reader.
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", lab.port))
        client.sendall(request_of(ask | much))
        wait_until(lambda: lab.health()[KEY]["busy"] == SLOTS)
        assert lab.ask(max_tokens=1).choices
        received = b""
        try:
            while part := client.recv(1_000_000):
                received += part
        except ConnectionResetError:
            pass
    assert received.startswith(b"HTTP/1.1 200") and b"[DONE]" not in received


def test_other_tools_share_one_turn_whatever_they_call_themselves(lab: Lab) -> None:
    lab.ask(max_tokens=1)
    url = f"http://127.0.0.1:{lab.port}/v1"
    chat = openai.OpenAI(base_url=url, api_key=read_lab_key("chat"), max_retries=0)
    count = 16
    with ThreadPoolExecutor(count) as pool:
        crowd = [
            pool.submit(lab.ask, n=SLOTS, max_tokens=40, temperature=5, user=f"name {number}")
            for number in range(count)
        ]
        wait_until(lambda: lab.health()[KEY]["waiting"] >= count - 3)
        message = {"role": "user", "content": "Name a bird."}
        chat.chat.completions.create(model=EMBEDDED, messages=[message], max_tokens=1)
        done = sum(one.done() for one in crowd)
        wait(crowd)
    assert done < count / 2
