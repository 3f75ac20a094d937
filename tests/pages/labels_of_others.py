"""A page that draws one text in every way in which Streamlit reads Markdown."""

import streamlit as st

from components.text import cells, highlighted, in_badge, option, plain, say
from tests.hostile import EVIL, WORD

TEXTS = (EVIL, WORD, "Evil\n===", "www.evil.example", "me@evil.example", "a -> b -- c")

st.title("Labels")
for place, text in enumerate(TEXTS):
    label = plain(text)
    st.markdown(label)
    st.markdown(f"**{label}**: x")
    st.markdown(f"### {label}")
    st.markdown(highlighted(text, {"evil", "x"}))
    st.header(label)
    st.caption(label)
    st.toast(label)
    say(ValueError(text))
    st.warning(label)
    st.badge(in_badge(text))
    st.metric(label, label)
    st.progress(0.5, text=label)
    st.button(label, key=f"b{place}")
    st.checkbox(label, key=f"c{place}")
    st.expander(label, expanded=True).text(option(text))
    st.popover(label, key=f"o{place}")
    st.tabs([label, "b"])[0].dataframe(cells([{"a": text}]))
    st.radio(label, [text, "b"], format_func=plain, key=f"r{place}")
    st.pills(label, [text, "b"], format_func=plain, key=f"p{place}")
    st.segmented_control(label, [text, "b"], format_func=plain, key=f"s{place}")
    st.select_slider(label, [text, "b"], format_func=plain, key=f"l{place}")
    st.selectbox(label, [text, "b"], format_func=option, key=f"x{place}")
    st.multiselect(label, [text, "b"], [text], format_func=option, key=f"m{place}")
    st.text_input(label, key=f"t{place}", help=label)
st.text("All is drawn.", help=plain(EVIL))
