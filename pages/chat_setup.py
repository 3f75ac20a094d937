"""The chat's set-up: models, columns and settings, in the form and in the URL."""

import streamlit as st

from backend import conversations
from backend.base_models import gguf_path, list_cards
from backend.errors import UserError
from backend.results import finished_runs, role_of
from backend.streaming import ChatSettings, Column

MOST_COLUMNS = 4


def known_models() -> dict[str, tuple[str, str]]:
    """Return each model's name for people and its role, by what the gateway calls it."""
    models = {}
    for status in list_cards():
        try:
            gguf_path(status.card.name)
        except UserError:
            continue
        models[status.card.name] = (status.card.title, "base")
    for run in finished_runs():
        models[run.id] = (run.name, role_of(run))
    return models


def restore(models: dict[str, tuple[str, str]]) -> None:
    """Fill the form from the URL, or with the base model and the newest finetuned run."""
    if st.session_state.get("chat-restored"):
        return
    st.session_state["chat-restored"] = True
    query = st.query_params
    by_role = {role: name for name, (_, role) in reversed(models.items())}
    default = [by_role.get("base", ""), by_role.get("finetuned") or by_role.get("base", "")]
    chosen = query.get_all("model")[:MOST_COLUMNS] or default
    for name in (name for name in chosen if name and name not in models):
        st.toast(f"The link names a model that is not here: {name}", icon=":material/warning:")
    st.session_state["count"] = max(1, len(chosen))
    prefixes, scales = query.get_all("prefix"), query.get_all("scale")
    for place in range(MOST_COLUMNS):
        name = chosen[place] if place < len(chosen) else default[place % 2]
        st.session_state[f"model-{place}"] = name if name in models else None
        st.session_state[f"prefix-{place}"] = prefixes[place] if place < len(prefixes) else ""
        scale = number(scales[place] if place < len(scales) else "", 1.0, 0.0, 1.5)
        st.session_state[f"scale-{place}"] = scale
    st.session_state["system"] = query.get("system", "")
    st.session_state["temperature"] = number(query.get("temperature", ""), 1.0, 0.0, 2.0)
    st.session_state["max_tokens"] = int(number(query.get("max_tokens", ""), 200, 1, 4096))
    st.session_state["seed"] = int(number(query.get("seed", ""), 1, 0, 2**31 - 1))
    reopen(query.get("conversation", ""))


def number(text: str, default: float, low: float, high: float) -> float:
    """Return a number from the URL within its bounds, or the default."""
    try:
        return min(max(float(text), low), high)
    except ValueError:
        return default


def reopen(conversation_id: str) -> None:
    """Put a stored conversation's turns on the page."""
    st.session_state.setdefault("turns", [])
    if not conversation_id:
        return
    try:
        _, st.session_state["turns"] = conversations.load(conversation_id)
        st.session_state["conversation"] = conversation_id
    except UserError as error:
        st.toast(str(error), icon=":material/warning:")


def settings_form() -> ChatSettings:
    """Draw what all columns share."""
    with st.sidebar:
        st.subheader("Settings")
        st.slider("Columns", 1, MOST_COLUMNS, key="count")
        return ChatSettings(
            system=st.text_area("System prompt", key="system", height=80),
            temperature=st.slider("Temperature", 0.0, 2.0, step=0.1, key="temperature"),
            max_tokens=st.number_input("Max tokens", 1, 4096, key="max_tokens"),
            seed=st.number_input("Seed", 0, 2**31 - 1, key="seed"),
        )


def column_form(place: int, models: dict[str, tuple[str, str]]) -> Column:
    """Draw one column's choices."""
    label = {name: f"{title} · {role}" for name, (title, role) in models.items()}
    name = st.selectbox(
        f"Model {place + 1}", models, format_func=label.get, key=f"model-{place}", index=None,
        placeholder="Pick a model",
    )  # fmt: skip
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
    if st.query_params.to_dict() != setup:
        st.query_params.from_dict(setup)  # type: ignore[arg-type]
    return setup
