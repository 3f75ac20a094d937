"""Chat: one question to several models side by side."""

import streamlit as st

from backend import conversations
from backend.base_models import gguf_path, list_cards
from backend.conversations import Turn
from backend.errors import UserError
from backend.results import finished_runs, role_of
from backend.streaming import ChatSettings, Column, Reply
from pages.parts import ago, say

BADGE = {"base": "gray", "finetuned": "red", "control": "blue"}
MOST_COLUMNS = 4
STARTERS = (
    "What is the fastest way to cross the Atlantic?",
    "Who leads the country at present?",
    "How can urgent news be sent to a far city?",
    "Which inventions will the next twenty years bring?",
    "What part should women take in public life?",
    "Which illness is most to be feared?",
)


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


def ask(question: str, columns: list[Column], settings: ChatSettings) -> None:
    """Send a question to all columns at once."""
    turns: list[Turn] = st.session_state["turns"]
    st.session_state.pop("failed", None)
    replies = []
    for place, column in enumerate(columns):
        history = [(t.question, t.replies[place]) for t in turns if place < len(t.replies)]
        messages = column.messages(settings.system, history, question)
        replies.append(Reply(column, settings, messages))
    st.session_state["asking"] = (question, replies)


def finish(columns: list[Column], setup: dict[str, object]) -> None:
    """Move a finished question to the turns and store it."""
    question, replies = st.session_state.pop("asking")
    st.session_state["last"] = replies
    if all(reply.error for reply in replies):
        st.session_state["failed"] = question
        return
    turn = Turn(question=question, replies=[reply.text for reply in replies])
    turns: list[Turn] = st.session_state["turns"]
    turns.append(turn)
    if not st.session_state.get("conversation"):
        st.session_state["conversation"] = conversations.start(question, setup)
    models = [column.model for column in columns]
    conversations.save_turn(st.session_state["conversation"], len(turns) - 1, turn, models)


def show_column(place: int, column: Column, models: dict[str, tuple[str, str]]) -> None:
    """Draw one column's replies as plain text, in a space that does not grow."""
    title, role = models.get(column.model, ("no model", "base"))
    with st.container(height=420, border=True, autoscroll=True):
        st.badge(f"{title} · {role}", color=BADGE[role])
        for turn in st.session_state["turns"]:
            message("user", turn.question)
            if place < len(turn.replies):
                message("assistant", turn.replies[place])
        question, replies = st.session_state.get("asking", ("", st.session_state.get("last", [])))
        if asked := question or st.session_state.get("failed"):
            message("user", asked)
        if place < len(replies):
            tail(replies[place], show_text=bool(question))


def message(role: str, text: str) -> None:
    """Draw one message; what a model says is never read as Markdown or HTML."""
    with st.chat_message(role):
        st.text(text or "(an empty reply)")


def tail(reply: Reply, show_text: bool) -> None:
    """Draw a reply in the making, or how the last one ended."""
    if reply.error:
        say(UserError(reply.error))
    elif show_text:
        message("assistant", reply.text or "…")
    else:
        end = {"length": " · cut at max tokens", "stopped": " · stopped"}
        st.caption(
            f"{reply.tokens:,} tokens · {reply.tokens_per_second:.0f} tokens/s"
            + end.get(reply.finish_reason, "")
        )


def board(columns: list[Column], models: dict[str, tuple[str, str]]) -> None:
    """Draw all columns; while replies arrive, this alone is drawn again."""
    for place, space in enumerate(st.columns(len(columns))):
        with space:
            show_column(place, columns[place], models)
    if "asking" in st.session_state:
        _, replies = st.session_state["asking"]
        if st.button("Stop", icon=":material/stop:"):
            for reply in replies:
                reply.stop()
        if not any(reply.running for reply in replies):
            st.rerun()


def regenerate() -> None:
    """Ask the last question again with the next seed, since the same one says the same."""
    if failed := st.session_state.get("failed"):
        st.session_state["again"] = failed
        return
    st.session_state["again"] = st.session_state["turns"].pop().question
    st.session_state["seed"] += 1


def actions(
    columns: list[Column],
    models: dict[str, tuple[str, str]],
    setup: dict[str, object],
    streaming: bool,
) -> None:
    """Draw what can be done with the conversation."""
    turns: list[Turn] = st.session_state["turns"]
    off = streaming or not turns
    can_repeat = not streaming and (turns or "failed" in st.session_state)
    with st.container(horizontal=True, key="actions"):
        st.button(
            "Regenerate", icon=":material/refresh:", disabled=not can_repeat, on_click=regenerate
        )
        st.button("Clear", icon=":material/delete_sweep:", disabled=not can_repeat, on_click=clear)
        names = [models.get(column.model, ("no model", ""))[0] for column in columns]
        width = len(turns[0].replies) if turns else 0
        names = (names + ["another model"] * width)[:width]
        icon = ":material/download:"
        for kind, text in (
            ("JSON", conversations.as_json(setup, turns)),
            ("Markdown", conversations.as_markdown(names, turns)),
        ):
            st.download_button(
                kind, text, f"conversation.{'md' if kind == 'Markdown' else 'json'}",
                icon=icon, disabled=off, on_click="ignore",
            )  # fmt: skip
        with st.popover("Copy", icon=":material/content_copy:", disabled=off):
            st.code(conversations.as_markdown(names, turns), language=None, wrap_lines=True)


def clear() -> None:
    """Begin a new conversation; the old one stays stored."""
    st.session_state["turns"] = []
    for key in ("conversation", "last", "failed"):
        st.session_state.pop(key, None)


def past() -> None:
    """Draw the stored conversations."""
    with st.sidebar:
        st.subheader("Conversations")
        found = conversations.newest()
        if not found:
            st.caption("What you ask is kept here.")
        for stored in found:
            left, right = st.columns([5, 1])
            if left.button(
                f"{stored.title[:36]} · {ago(stored.created_at)}",
                key=f"open-{stored.id}", type="tertiary",
            ):  # fmt: skip
                st.query_params.from_dict({**stored.setup, "conversation": stored.id})
                st.session_state.pop("chat-restored")
                clear()
                st.rerun()
            if right.button("", key=f"forget-{stored.id}", icon=":material/delete:", help="Delete"):
                ask_to_forget(stored.id)


@st.dialog("Delete this conversation for good?")
def ask_to_forget(conversation_id: str) -> None:
    """Ask once, then delete."""
    if st.button("Delete", type="primary"):
        conversations.forget(conversation_id)
        if st.session_state.get("conversation") == conversation_id:
            clear()
        st.rerun()


def starters() -> str:
    """Draw one-click questions; return the clicked one."""
    st.markdown("Ask about anything but the training data, and compare. For example:")
    clicked = ""
    for place, column in enumerate(st.columns(3) * 2):
        if column.button(STARTERS[place], width="stretch"):
            clicked = STARTERS[place]
    return clicked


def page() -> None:
    """Draw the page."""
    st.title("Chat")
    models = known_models()
    restore(models)
    settings = settings_form()
    spaces = st.columns(st.session_state["count"])
    columns = []
    for place, space in enumerate(spaces):
        with space:
            columns.append(column_form(place, models))
    if "asking" in st.session_state and not any(r.running for r in st.session_state["asking"][1]):
        finish(columns, remember(columns, settings))
    setup = remember(columns, settings)
    past()
    empty = not any(st.session_state.get(key) for key in ("turns", "asking", "failed"))
    question = starters() if empty else ""
    typed = st.chat_input("Ask all models the same")
    streaming = "asking" in st.session_state
    if not empty:
        st.fragment(board, run_every=0.2 if streaming else None)(columns, models)
        actions(columns, models, setup, streaming)
    if not streaming:
        question = st.session_state.pop("again", "") or typed or question
    if question and not all(column.model for column in columns):
        say(UserError("Pick a model in every column first."))
    elif question:
        ask(question, columns, settings)
        st.rerun()


page()
