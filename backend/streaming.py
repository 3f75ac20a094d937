"""Stream one chat completion in a thread of its own, for a page that must never wait."""

import threading
import time
from typing import Any

import openai
from pydantic import BaseModel, ConfigDict

from backend.client import SCALE, client, explain


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
        self.seconds = 0.0
        self.finish_reason = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._receive, args=(column, settings, messages), daemon=True
        )
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self._thread.is_alive()

    @property
    def tokens_per_second(self) -> float:
        """Pace from the first token to the last."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def stop(self) -> None:
        """End it after the next token; the engine's slot is freed."""
        self._stop.set()

    def wait(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def _receive(
        self, column: Column, settings: ChatSettings, messages: list[dict[str, str]]
    ) -> None:
        extra: dict[str, Any] = {SCALE: column.scale} if column.is_run else {}
        try:
            with client().chat.completions.create(  # type: ignore[union-attr]
                model=column.model,
                messages=messages,  # type: ignore[arg-type]
                temperature=settings.temperature,
                max_tokens=settings.max_tokens,
                seed=settings.seed,
                stream=True,
                user="chat",
                extra_body=extra,
            ) as stream:
                started = time.perf_counter()
                for part in stream:
                    if self._stop.is_set():
                        self.finish_reason = "stopped"
                        break
                    self._take(part)
                    self.seconds = time.perf_counter() - started
        except openai.OpenAIError as error:
            self.error = str(explain(error))

    def _take(self, part: Any) -> None:
        for choice in part.choices:
            if choice.delta.content:
                self.text += choice.delta.content
                self.tokens += 1
            self.finish_reason = choice.finish_reason or self.finish_reason
