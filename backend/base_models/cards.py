"""Base models on this machine: which can be used, and where their files are.

Files are made by `backend.training.embedded_model`; here they are only found, so that pages and the
engine need no torch.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlmodel import select

from backend.config import settings
from backend.db import session
from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.hosted.prices import card_of, hosted_models
from backend.machine.gpus import machine_memory_gib
from models.base_models import BaseModelCard, registry
from models.tables import BaseModelFolder, Run


class BaseModelStatus(BaseModel):
    """A base model and whether this machine can use it."""

    model_config = ConfigDict(frozen=True)

    card: BaseModelCard
    ready: bool
    reason: str = ""
    """Why it can't be used, or what happens at first use; empty when there is nothing to say."""


def folder_of(name: str) -> Path:
    """Return the folder that holds an embedded model's prepared files."""
    return settings().home / "base_models" / name


def get_card(name: str) -> BaseModelCard:
    """Return the card of a base model, listed or added; NotFoundError otherwise."""
    if name in registry():
        return registry()[name]
    if name in hosted_models():
        return card_of(hosted_models()[name])
    with session() as db:
        added = db.get(BaseModelFolder, name)
    if added is None:
        raise NotFoundError(f'There is no base model "{name}".')
    return _card_of_folder(added)


def is_hosted(run: Run) -> bool:
    """Whether a provider trains and serves a run, also if HOSTED_MODELS names its base no more."""
    if "fine_tuned_model" in (run.summary or {}):
        return True
    with suppress(UserError):
        return get_card(run.base_model).hosted
    return False


def _card_of_folder(added: BaseModelFolder) -> BaseModelCard:
    if added.lineage:
        return _card_of_primed(added, added.lineage)
    return BaseModelCard(
        name=added.name, title=added.name, folder=added.path, remarks="Added from a local folder."
    )


def _card_of_primed(added: BaseModelFolder, lineage: dict[str, Any]) -> BaseModelCard:
    """Return a primed model's card: its parent's, with a name and files of its own."""
    own = {
        "name": added.name,
        "title": lineage["title"],
        "folder": added.path,
        "revision": lineage["weights_sha256"],
        "embedded": None,
        "hub": None,
        "remarks": f"{lineage['parent']} trained on the documents of {lineage['dataset']}.",
    }
    return BaseModelCard(**lineage["parent_card"] | own)


def status_of(card: BaseModelCard) -> BaseModelStatus:
    """Say whether this machine can use a base model."""
    if card.hosted:
        return BaseModelStatus(card=card, ready=True)
    reason = ""
    ready = True
    memory = machine_memory_gib()
    if card.memory_gib > memory:
        ready = False
        reason = f"Needs {card.memory_gib:.0f} GiB of memory; here it may take {memory:.1f}."
    elif card.embedded and not (folder_of(card.name) / "ready.json").is_file():
        ready = False
        reason = "Not prepared yet; `make run` does it."
    elif card.folder and not Path(card.folder, "config.json").is_file():
        ready = False
        reason = f"Its folder {card.folder} is gone."
    elif card.hub:
        reason = "Downloaded from Hugging Face by its first run."
        reason += "" if vllm_python() else " It trains and scores; to chat, run `make vllm`."
    return BaseModelStatus(card=card, ready=ready, reason=reason)


def list_cards() -> list[BaseModelStatus]:
    """Return every base model, the usable ones first, in the registry's order."""
    with session() as db:
        added = db.exec(select(BaseModelFolder).order_by(BaseModelFolder.name)).all()
    cards = [*registry().values(), *(_card_of_folder(folder) for folder in added)]
    cards += map(card_of, hosted_models().values())
    return sorted((status_of(card) for card in cards), key=lambda status: not status.ready)


def gguf_path(name: str) -> Path:
    """Return the GGUF file that llama.cpp serves for a base model; UserError when it has none."""
    card = get_card(name)
    folder = Path(card.folder) if card.folder else folder_of(name)
    files = sorted(folder.glob("*.gguf"))
    if not files:
        raise UserError(f"{card.title} has no GGUF file on this machine, so it can't chat here.")
    return files[0]


Engine = Literal["llama.cpp", "vLLM", "hosted"]


def vllm_python() -> Path | None:
    """Return the Python that vLLM is installed for, or None."""
    found = settings().vllm_python
    return found if found.is_file() else None


def engines_of(name: str) -> list[Engine]:
    """Return what can serve a base model, what serves its chats first.

    That is llama.cpp where there is a GGUF file, since it starts at once.

    Raises:
        UserError: nothing here can; the message says what to do.
    """
    card = get_card(name)
    if card.hosted:
        return ["hosted"]
    found: list[Engine] = []
    with suppress(UserError):
        gguf_path(name)
        found.append("llama.cpp")
    if vllm_python() or settings().vllm_url:
        found.append("vLLM")
    if not found:
        raise UserError(
            f"{card.title} has no GGUF file on this machine, so it can't chat here; "
            "`make vllm` installs an engine for it, and VLLM_URL names one that runs elsewhere."
        )
    return found


def engine_of(name: str) -> Engine:
    """Return what serves a base model's chats; UserError as for `engines_of`."""
    return engines_of(name)[0]


def list_chat_models() -> list[BaseModelCard]:
    """Return the base models that can be asked."""
    found = []
    for status in list_cards():
        with suppress(UserError):
            engine = engine_of(status.card.name)
            if status.ready or engine != "vLLM":
                found.append(status.card)
    return found


def torch_source(name: str) -> str:
    """Return what transformers loads a base model from: a local folder or a name on the hub."""
    card = get_card(name)
    if card.embedded:
        if not (folder_of(name) / "ready.json").is_file():
            raise UserError(f"{card.title} is not prepared yet; run `make run` once.")
        return str(folder_of(name))
    return card.folder or str(card.hub)


def revision_of(name: str) -> str:
    """Return what pins a base model's weights: the file's hash, or the hub's revision."""
    card = get_card(name)
    return card.embedded.sha256 if card.embedded else card.revision or "local folder"


def primed_of(run_id: str) -> BaseModelFolder | None:
    """Return the base model that was made out of a run, if there is one."""
    with session() as db:
        found = db.exec(select(BaseModelFolder)).all()
    return next((each for each in found if (each.lineage or {}).get("run") == run_id), None)


def add_folder(path: str) -> BaseModelFolder:
    """Register a local base model in Hugging Face format.

    Raises:
        InvalidDataError: the folder lacks what is needed; the message names it.
    """
    folder = Path(path).expanduser().resolve()
    if not folder.is_dir():
        raise InvalidDataError(f"There is no folder {folder}.")
    for pattern in ("config.json", "tokenizer_config.json", "*.safetensors"):
        if not any(folder.glob(pattern)):
            raise InvalidDataError(f"{folder} holds no {pattern}, which a Hugging Face model has.")
    try:
        json.loads((folder / "config.json").read_text("utf-8"))
    except ValueError as error:
        raise InvalidDataError(f"{folder / 'config.json'} is not valid JSON.") from error
    if folder.name in registry():
        raise InvalidDataError(f'"{folder.name}" is taken by a listed model; rename the folder.')
    with session() as db:
        return db.merge(BaseModelFolder(name=folder.name, path=str(folder)))
