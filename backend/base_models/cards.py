"""Base models on this machine: which ones are available, where their files are, what serves them.

`backend.training.embedded_model` prepares the files. This module only finds them, so that pages and
the engine need no torch.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlmodel import select

from backend.base_models.model_files import check_folder, fingerprint
from backend.base_models.names import ADDED, bearer_of
from backend.config import settings
from backend.db import lock_table, session
from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.hosted.prices import card_of, hosted_models
from backend.machine.confinement import confined
from backend.machine.gpus import machine_memory_gib
from models.base_models import BaseModelCard, registry
from models.tables import BaseModelFolder, ModelName, Run


class BaseModelStatus(BaseModel):
    """A base model and whether it is available on this machine."""

    model_config = ConfigDict(frozen=True)

    card: BaseModelCard
    ready: bool
    reason: str = ""
    """Why it is unavailable, or what its first use requires; may be empty."""


def folder_of(name: str) -> Path:
    """Return the folder of an embedded model's prepared files."""
    return settings().home / "base_models" / name


def get_card(name: str) -> BaseModelCard:
    """Return a base model's card; NotFoundError if there is no such base model."""
    if name in registry():
        return registry()[name]
    if name in hosted_models():
        return card_of(hosted_models()[name])
    with session() as db:
        folder = db.get(BaseModelFolder, name)
    if folder is None:
        raise NotFoundError(f'There is no base model "{name}".')
    return _card_of_folder(folder)


def is_hosted(run: Run) -> bool:
    """Whether a provider trains and serves a run, even after its base left HOSTED_MODELS."""
    if "fine_tuned_model" in (run.summary or {}):
        return True
    with suppress(UserError):
        return get_card(run.base_model).hosted
    return False


def _card_of_folder(folder: BaseModelFolder) -> BaseModelCard:
    if folder.lineage:
        return _card_of_primed(folder, folder.lineage)
    remarks = "Added from a local folder."
    return BaseModelCard(name=folder.name, title=folder.name, folder=folder.path, remarks=remarks)


def _card_of_primed(folder: BaseModelFolder, lineage: dict[str, Any]) -> BaseModelCard:
    """Return a primed model's card: its parent's, with the primed model's name and files."""
    changes = {
        "name": folder.name,
        "title": lineage["title"],
        "folder": folder.path,
        "revision": lineage["weights_sha256"],
        "embedded": None,
        "hub": None,
        "remarks": f"{lineage['parent']} trained on the documents of {lineage['dataset']}.",
    }
    return BaseModelCard(**lineage["parent_card"] | changes)


def status_of(card: BaseModelCard) -> BaseModelStatus:
    """Return whether a base model is available on this machine."""
    if card.hosted:
        return BaseModelStatus(card=card, ready=True)
    reason = ""
    ready = True
    memory = machine_memory_gib()
    if card.memory_gib > memory:
        ready = False
        reason = f"Needs {card.memory_gib:.0f} GiB of memory; "
        reason += f"this machine has {memory:.1f} GiB for models."
    elif card.embedded and not (folder_of(card.name) / "ready.json").is_file():
        ready = False
        reason = "Not prepared yet; `make run` prepares it."
    elif card.folder and not Path(card.folder, "config.json").is_file():
        ready = False
        reason = f"Its folder {card.folder} no longer exists."
    elif card.hub:
        reason = "Downloaded from Hugging Face by the first run that uses it."
        reason += "" if vllm_python() else " To chat with it, run `make vllm`."
    return BaseModelStatus(card=card, ready=ready, reason=reason)


def list_cards() -> list[BaseModelStatus]:
    """Return every base model in the registry's order, the available ones first."""
    with session() as db:
        folders = db.exec(select(BaseModelFolder).order_by(BaseModelFolder.name)).all()
    cards = [*registry().values(), *map(_card_of_folder, folders)]
    cards += map(card_of, hosted_models().values())
    return sorted((status_of(card) for card in cards), key=lambda status: not status.ready)


def gguf_path(name: str) -> Path:
    """Return a base model's GGUF file, which llama.cpp serves; UserError if it has none."""
    card = get_card(name)
    folder = Path(card.folder) if card.folder else folder_of(name)
    files = sorted(folder.glob("*.gguf"))
    if not files:
        raise UserError(f"{card.title} has no GGUF file on this machine, so it can't chat here.")
    return files[0]


Engine = Literal["llama.cpp", "vLLM", "hosted"]


def vllm_python() -> Path | None:
    """Return the Python interpreter of vLLM's environment; None if vLLM is not installed."""
    python = settings().vllm_python
    return python if python.is_file() else None


def engines_of(name: str) -> list[Engine]:
    """Return the engines that can serve a base model; the first one serves its chats.

    That is llama.cpp if there is a GGUF file, because it starts at once.

    Raises:
        UserError: no engine here can serve it; the message says how to get one.
    """
    card = get_card(name)
    if card.hosted:
        return ["hosted"]
    engines: list[Engine] = []
    with suppress(UserError):
        gguf_path(name)
        engines.append("llama.cpp")
    if vllm_python() or settings().vllm_url:
        engines.append("vLLM")
    if not engines:
        raise UserError(
            f"{card.title} has no GGUF file on this machine, so it can't chat here. Install vLLM "
            "for it with `make vllm`, or set VLLM_URL to a server that runs elsewhere."
        )
    return engines


def engine_of(name: str) -> Engine:
    """Return the engine that serves a base model's chats; UserError as for `engines_of`."""
    return engines_of(name)[0]


def list_chat_models() -> list[BaseModelCard]:
    """Return the base models that an engine can serve here."""
    cards = []
    for status in list_cards():
        with suppress(UserError):
            engine = engine_of(status.card.name)
            if status.ready or engine != "vLLM":
                cards.append(status.card)
    return cards


def torch_source(name: str) -> str:
    """Return what transformers loads a base model from: a local folder or a name on the Hub."""
    card = get_card(name)
    if card.embedded:
        if not (folder_of(name) / "ready.json").is_file():
            raise UserError(f"{card.title} is not prepared yet; run `make run` once.")
        return str(folder_of(name))
    return card.folder or str(card.hub)


def revision_of(name: str) -> str:
    """Return what identifies a base model's weights: a hash, or the Hub's revision."""
    card = get_card(name)
    if card.hosted:
        return "hosted"
    if card.embedded:
        return card.embedded.sha256
    return card.revision or fingerprint(Path(str(card.folder)))


def primed_of(run_id: str) -> BaseModelFolder | None:
    """Return the base model that priming made of a run; None if there is none."""
    with session() as db:
        folders = db.exec(select(BaseModelFolder)).all()
    return next((folder for folder in folders if (folder.lineage or {}).get("run") == run_id), None)


def add_folder(path: str) -> BaseModelFolder:
    """Register a local folder with a base model in Hugging Face format.

    Raises:
        UserError: the folder is missing, incomplete, damaged or refused; the message says why.
    """
    folder = Path(path).expanduser().resolve()
    if not folder.is_dir():
        raise InvalidDataError(f"There is no folder {folder}.")
    confined(check_folder, folder, subject=folder.name)
    with session() as db:
        lock_table(db, ModelName)
        bearer = bearer_of(folder.name, db)
        if bearer not in (None, ADDED):
            raise InvalidDataError(f'"{folder.name}" is the name of {bearer}. Rename the folder.')
        return db.merge(BaseModelFolder(name=folder.name, path=str(folder)))
