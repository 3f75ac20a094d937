"""Stream one chat completion in a thread of its own, for a page that must never wait."""

import asyncio
import threading
import time
from contextlib import suppress
from typing import Any

import httpx
import openai
from pydantic import BaseModel, ConfigDict

from backend.chat.client import SCALE, client, explain

IN_ONE_PIECE = 0.05
"""Seconds below which tokens came together, so that they tell of no pace."""


class ChatSettings(BaseModel):
    """What all columns share."""

    model_config = ConfigDict(frozen=True)

    system: str = ""
    temperature: float = 1.0
    max_tokens: int = 200
    seed: int = 1


class Column(BaseModel):
    """One model beside others."""

    model_config = ConfigDict(frozen=True)

    model: str
    """A base model's name or a run's id; empty while nothing is chosen."""
    prefix: str = ""
    """Text in front of every question, such as a year."""
    scale: float = 1.0
    """Strength of a run's adapter."""
    is_run: bool = False

    def messages(
        self, system: str, history: list[tuple[str, str]], question: str
    ) -> list[dict[str, str]]:
        """Return the chat that this column's model is sent; `history` holds its earlier turns."""
        chat = [{"role": "system", "content": system}] if system else []
        for asked, replied in history:
            if not replied:  # A failed turn; an empty answer would break the roles' alternation.
                continue
            chat += [{"role": "user", "content": self._prefixed(asked)}]
            chat += [{"role": "assistant", "content": replied}]
        return [*chat, {"role": "user", "content": self._prefixed(question)}]

    def _prefixed(self, question: str) -> str:
        return f"{self.prefix.strip()} {question}" if self.prefix.strip() else question


class Reply:
    """A reply that grows while a thread receives it."""

    def __init__(
        self, column: Column, settings: ChatSettings, messages: list[dict[str, str]]
    ) -> None:
        """Start to receive."""
        self.text = ""
        self.tokens = 0
        self.error = ""
        self.code = ""
        self.seconds = 0.0
        self.finish_reason = ""
        self._first_at = 0.0
        self._stop = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._receive(column, settings, messages))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self._thread.is_alive()

    @property
    def tokens_per_second(self) -> float:
        """Pace from the first token to the last, or 0 where they came in one piece.

        Waiting for the first doesn't count.
        """
        return (self.tokens - 1) / self.seconds if self.seconds > IN_ONE_PIECE else 0.0

    def stop(self) -> None:
        """End it at once, before the first token too; the engine's slot is freed."""
        if self.running:
            self.finish_reason = "stopped"
            self._stop.set()
            with suppress(RuntimeError):  # It ended in the same moment and closed its loop.
                self._loop.call_soon_threadsafe(self._task.cancel)

    def wait(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()

    async def _receive(
        self, column: Column, settings: ChatSettings, messages: list[dict[str, str]]
    ) -> None:
        # Asynchronous because only so can `stop` interrupt a wait for the engine.
        lab = client()
        extra: dict[str, Any] = {SCALE: column.scale} if column.is_run else {}
        try:
            async with openai.AsyncOpenAI(
                base_url=lab.base_url, api_key=lab.api_key, timeout=lab.timeout
            ) as engine:
                stream: Any = await engine.chat.completions.create(
                    model=column.model,
                    messages=messages,  # type: ignore[arg-type]
                    temperature=settings.temperature,
                    max_tokens=settings.max_tokens,
                    seed=settings.seed,
                    stream=True,
                    user="chat",
                    extra_body=extra,
                )
                async with stream:
                    async for part in stream:
                        self._take(part)
        except openai.OpenAIError as error:
            self.error, self.code = str(explain(error)), getattr(error, "code", None) or ""
        except httpx.HTTPError:
            self.error = "The engine broke off in the middle of its answer; ask again."

    def _take(self, part: Any) -> None:
        for choice in part.choices:
            if choice.delta.content:
                if not self.tokens:
                    self._first_at = time.perf_counter()
                self.text += choice.delta.content
                self.tokens += 1
                self.seconds = time.perf_counter() - self._first_at
            if not self._stop.is_set():
                self.finish_reason = choice.finish_reason or self.finish_reason
