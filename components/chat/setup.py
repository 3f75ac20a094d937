"""The chat's set-up: models, columns and settings, in the form and in the URL."""

import math
from collections.abc import Mapping

import streamlit as st

from backend.base_models.cards import list_chat_models
from backend.chat import conversations
from backend.chat.streaming import ChatSettings, Column
from backend.errors import UserError
from backend.runs.queries import finished_runs, role_of
from components.text import plain

MOST_COLUMNS = 4
MOST_SEED = 2**31 - 1


def known_models() -> dict[str, tuple[str, str]]:
    """Return each model's name for people and its role, by what the gateway calls it."""
    models = {card.name: (card.title, "base") for card in list_chat_models()}
    for run in finished_runs():
        models[run.id] = (run.name, role_of(run))
    return models


def title_of(name: str, models: dict[str, tuple[str, str]]) -> str:
    """Return a model's name for people; a deleted run keeps its id."""
    return models[name][0] if name in models else f"deleted model {name}"


def restore(models: dict[str, tuple[str, str]]) -> None:
    """Fill the form from the URL, as it was left, or with base and the newest finetuned run.

    Streamlit forgets what a widget held once it is not drawn: on another page, or hidden.
    """
    by_role = {role: name for name, (_, role) in reversed(models.items())}
    base = by_role.get("base")
    default = [base, by_role.get("finetuned") or base]
    fresh = "count" not in st.session_state or st.session_state.pop("chat-open", False)
    if fresh:
        query = {key: st.query_params.get_all(key) for key in st.query_params}
        fill(query or st.session_state.get("chat-setup", {}), models, default)
    for place in range(MOST_COLUMNS):
        st.session_state.setdefault(f"model-{place}", default[place % 2])
        st.session_state.setdefault(f"prefix-{place}", "")
        st.session_state.setdefault(f"scale-{place}", 1.0)


def fill(
    query: Mapping[str, list[str]],
    models: dict[str, tuple[str, str]],
    default: list[str | None],
) -> None:
    """Put a set-up into the form; what can't be used is left out and said.

    A link may call a run by its name too.
    """
    ids = {title: name for name, (title, _) in models.items()}
    chosen = [ids.get(name, name) for name in query.get("model", [])[:MOST_COLUMNS]]
    for name in (name for name in chosen if name and name not in models):
        warn(f"There is no model {name} here.")
    st.session_state["count"] = len(chosen) or len(default)
    prefixes, scales = query.get("prefix", []), query.get("scale", [])
    for place in range(MOST_COLUMNS):
        name = chosen[place] if place < len(chosen) else default[place % 2]
        st.session_state[f"model-{place}"] = name if name in models else None
        st.session_state[f"prefix-{place}"] = prefixes[place] if place < len(prefixes) else ""
        scale = number("adapter strength", scales[place : place + 1], 1.0, 0.0, 1.5)
        st.session_state[f"scale-{place}"] = scale
    st.session_state["system"] = "".join(query.get("system", [])[-1:])
    st.session_state["temperature"] = number(
        "temperature", query.get("temperature", []), 1.0, 0.0, 2.0
    )
    for key, usual, low, high in (("max_tokens", 200, 1, 4096), ("seed", 1, 0, MOST_SEED)):
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
    warn(f"The link's {label} is not a number from {low:g} to {high:g}; {default:g} is used.")
    return default


def warn(text: str) -> None:
    """Say briefly what of a link could not be used; the link's own words stay plain text."""
    st.toast(plain(text), icon=":material/warning:")


def reopen(conversation_id: str) -> None:
    """Put a stored conversation's turns on the page."""
    if not conversation_id:
        return
    try:
        _, st.session_state["turns"] = conversations.load(conversation_id)
        st.session_state["conversation"] = conversation_id
    except UserError as error:
        st.session_state["turns"] = []
        st.session_state.pop("conversation", None)
        warn(str(error))


def settings_form() -> ChatSettings:
    """Draw what all columns share."""
    with st.sidebar:
        st.subheader("Settings")
        st.slider("Columns", 1, MOST_COLUMNS, key="count")
        return ChatSettings(
            system=st.text_area("System prompt", key="system", height=80),
            temperature=st.slider("Temperature", 0.0, 2.0, step=0.1, key="temperature"),
            max_tokens=st.number_input("Max tokens", 1, 4096, key="max_tokens"),
            seed=st.number_input("Seed", 0, MOST_SEED, key="seed"),
        )


def column_form(place: int, models: dict[str, tuple[str, str]]) -> Column:
    """Draw one column's choices."""
    label = {name: f"{title} · {role}" for name, (title, role) in models.items()}
    name = st.selectbox(
        f"Model {place + 1}",
        models,
        format_func=label.get,
        key=f"model-{place}",
        index=None,
        placeholder="Pick a model",
    )
    role = models[name][1] if name else "base"
    left, right = st.columns(2)
    prefix = left.text_input("Prefix", key=f"prefix-{place}", placeholder="Year: 1984.")
    if role == "base":
        right.slider("Adapter strength", 0.0, 1.5, 0.0, disabled=True, key=f"none-{place}")
        return Column(model=name or "", prefix=prefix)
    scale = right.slider("Adapter strength", 0.0, 1.5, step=0.05, key=f"scale-{place}")
    return Column(model=str(name), prefix=prefix, scale=scale, is_run=True)


def remember(columns: list[Column], settings: ChatSettings) -> dict[str, object]:
    """Put the set-up into the URL and return it."""
    setup: dict[str, object] = {
        "model": [column.model for column in columns],
        "prefix": [column.prefix for column in columns],
        "scale": [f"{column.scale:g}" for column in columns],
        **{key: str(value) for key, value in settings.model_dump().items()},
    }
    if conversation := st.session_state.get("conversation"):
        setup["conversation"] = conversation
    st.query_params.from_dict(setup)  # type: ignore[arg-type]
    lists = {key: value if isinstance(value, list) else [value] for key, value in setup.items()}
    st.session_state["chat-setup"] = lists
    return setup
