"""Small files of chats about fish, and what an import leaves of them."""

import json
from pathlib import Path

from backend.datasets.importing.preview import preview_of


def files_in(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def chat(question: str, answer: str) -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns})


FISH = [("Name a fish.", "Pollock"), ("Name another.", "Turbot")]
ROWS = "\n".join(chat(*turns) for turns in FISH)
PREVIEW = preview_of("fish.jsonl", ROWS.encode())
