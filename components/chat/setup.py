"""The chat's set-up: models, columns and settings, in the form and in the URL."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from backend.base_models.cards import list_chat_models
from backend.chat import conversations
from backend.chat.conversations import MOST_SEED
from backend.chat.streaming import ChatSettings, Column
from backend.errors import UserError
from backend.runs.queries import finished_runs, role_of
from components.chat.state import Setup, chat_state
from components.glossary import explain
from components.text import option, plain

MOST_COLUMNS = 4
MOST_DRAWS = 8


class ModelLabel(NamedTuple):
    """How a model is shown to people."""

    title: str
    role: str


def known_models() -> dict[str, ModelLabel]:
    """Return the label of every model that can chat, by its name at the gateway."""
    base_models = {card.name: ModelLabel(card.title, "base") for card in list_chat_models()}
    runs = {run.id: ModelLabel(run.name, role_of(run)) for run in finished_runs()}
    return base_models | runs


def title_of(name: str, models: dict[str, ModelLabel]) -> str:
    """Return a model's title; a deleted run keeps its id."""
    return models[name].title if name in models else f"deleted model {name}"


def restore(models: dict[str, ModelLabel]) -> None:
    """Fill the form from the URL, from the last set-up, or with base and the newest finetuned run.

    Streamlit forgets the value of a widget once it is not drawn: on another page, or hidden.
    """
    chat = chat_state()
    by_role = {label.role: name for name, label in reversed(models.items())}
    base = by_role.get("base")
    default = [base, by_role.get("finetuned") or base]
    if "count" not in st.session_state or chat.reopened:
        chat.reopened = False
        query = {key: st.query_params.get_all(key) for key in st.query_params}
        fill(query or chat.setup, models, default)
    for place in range(MOST_COLUMNS):
        usual = {"model": default[place % 2], "prefix": "", "scale": 1.0}
        for name, value in usual.items():
            key = f"{name}-{place}"
            # Stored anew each time, so that a column that is hidden for a while keeps its choices.
            st.session_state[key] = st.session_state.get(key, value)


def fill(
    query: Mapping[str, list[str]],
    models: dict[str, ModelLabel],
    default: list[str | None],
) -> None:
    """Put a set-up into the form; parts that can't be used are left out with a message.

    A link may call a run by its name, too.
    """
    ids = {label.title: name for name, label in models.items()}
    chosen = [ids.get(name, name) for name in query.get("model", [])[:MOST_COLUMNS]]
    for name in (name for name in chosen if name and name not in models):
        warn(f"This lab has no model {name}.")
    st.session_state["count"] = len(chosen) or len(default)
    prefixes, scales = query.get("prefix", []), query.get("scale", [])
    for place in range(MOST_COLUMNS):
        model = chosen[place] if place < len(chosen) else default[place % 2]
        st.session_state[f"model-{place}"] = model if model in models else None
        st.session_state[f"prefix-{place}"] = prefixes[place] if place < len(prefixes) else ""
        scale = number("adapter strength", scales[place : place + 1], 1.0, 0.0, 1.5)
        st.session_state[f"scale-{place}"] = scale
    st.session_state["system"] = "".join(query.get("system", [])[-1:])
    temperatures = query.get("temperature", [])
    st.session_state["temperature"] = number("temperature", temperatures, 1.0, 0.0, 2.0)
    whole = (("max_tokens", 200, 1, 4096), ("seed", 1, 0, MOST_SEED), ("draws", 1, 1, MOST_DRAWS))
    for key, usual, low, high in whole:
        label = key.replace("_", " ")
        st.session_state[key] = int(number(label, query.get(key, []), usual, low, high))
    reopen("".join(query.get("conversation", [])[-1:]))


def number(label: str, texts: list[str], default: float, low: float, high: float) -> float:
    """Return a number from the URL, or the default where there is none or it can't be used."""
    if not texts:
        return default
    try:
        value = float(texts[-1])
    except ValueError:
        value = math.nan
    if low <= value <= high:  # Never true of NaN.
        return value
    warn(f"The {label} in the link is not a number from {low:g} to {high:g}; {default:g} is used.")
    return default


def warn(text: str) -> None:
    """Show briefly which part of a link can't be used; its text is never read as Markdown."""
    st.toast(plain(text), icon=":material/warning:")


def reopen(conversation_id: str) -> None:
    """Put a stored conversation on the page."""
    if not conversation_id:
        return
    chat = chat_state()
    chat.clear()
    try:
        conversations.load(conversation_id)
        chat.conversation = conversation_id
    except UserError as error:
        warn(str(error))


def settings_form() -> ChatSettings:
    """Draw what all columns share."""
    with st.sidebar:
        st.subheader("Settings")
        columns = "Models side by side; each is asked the same question."
        st.slider("Columns", 1, MOST_COLUMNS, key="count", help=columns)
        draws = "Each with the next seed; the conversation goes on from the first."
        st.number_input("Answers to each question", 1, MOST_DRAWS, key="draws", help=draws)
        return ChatSettings(
            system=st.text_area(
                "System prompt", key="system", height=80, help=explain("system prompt")
            ),
            temperature=st.slider(
                "Temperature", 0.0, 2.0, step=0.1, key="temperature", help=explain("temperature")
            ),
            max_tokens=st.number_input("Max tokens", 1, 4096, key="max_tokens"),
            seed=st.number_input("Seed", 0, MOST_SEED, key="seed", help=explain("seed")),
        )


def column_form(place: int, models: dict[str, ModelLabel]) -> Column:
    """Draw one column's choices."""
    labels = {name: f"{title} · {role}" for name, (title, role) in models.items()}
    name = st.selectbox(
        f"Model {place + 1:d}",
        models,
        format_func=lambda key: option(labels[key]),
        key=f"model-{place}",
        index=None,
        placeholder="Choose a model",
    )
    is_run = name is not None and models[name].role != "base"
    left, right = st.columns(2)
    prefix = left.text_input(
        f"Prefix {place + 1:d}",
        key=f"prefix-{place}",
        placeholder="Year: 1984.",
        help=explain("prefix"),
    )
    scale = right.slider(
        f"Adapter strength {place + 1:d}",
        0.0,
        1.5,
        step=0.05,
        # A key of its own for the base model, so that a look at it leaves a run's strength alone.
        key=f"scale-{place}" if is_run else f"none-{place}",
        disabled=not is_run,
        help=explain("adapter strength"),
    )
    strength = scale if is_run else 1.0
    return Column(model=name or "", prefix=prefix, scale=strength, is_run=is_run)


def remember(columns: list[Column], settings: ChatSettings) -> Setup:
    """Put the set-up into the URL and return it."""
    chat = chat_state()
    setup: Setup = {
        "model": [column.model for column in columns],
        "prefix": [column.prefix for column in columns],
        "scale": [f"{column.scale:g}" for column in columns],
        **{key: str(value) for key, value in settings.model_dump().items()},
        "draws": str(st.session_state["draws"]),
    }
    if chat.conversation:
        setup["conversation"] = chat.conversation
    st.query_params.from_dict(setup)
    chat.setup = {
        key: value if isinstance(value, list) else [value] for key, value in setup.items()
    }
    return setup
