"""Parts of a page that redraw themselves while something runs."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from backend.errors import DatabaseError
from components.text import say

P = ParamSpec("P")


def live(draw: Callable[P, None], busy: Callable[[], bool], every: float) -> Callable[P, None]:
    """Return `draw` as a fragment that redraws itself every `every` seconds while busy.

    The pace of a fragment is fixed when the page is drawn. So when work starts or ends, the whole
    page is drawn again.
    """
    was_busy = busy()

    @st.fragment(run_every=every if was_busy else None)
    @wraps(draw)
    def fragment(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
            changed = busy() != was_busy
        except DatabaseError as error:  # The next redraw may find the database unlocked.
            say(error)
            return
        if changed:
            st.rerun()

    return fragment
