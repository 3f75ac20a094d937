"""How other programs use the lab's models."""

import streamlit as st

from backend.chat.engine_key import read_key
from backend.config import settings
from backend.text import visible


def other_tools() -> None:
    """Show the address and the key that any OpenAI-compatible program needs."""
    with st.expander("Use these models from other tools", icon=":material/api:"):
        st.markdown(
            "Any OpenAI-compatible program on this machine can use every model of the lab. The key "
            "changes whenever the engine starts; set `ENGINE_KEY` to choose one yourself."
        )
        environment = f"OPENAI_BASE_URL={settings().gateway}\nOPENAI_API_KEY={read_key()}"
        st.code(visible(environment), language="bash")
