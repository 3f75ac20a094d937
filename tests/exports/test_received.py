"""Received replays: kept as they came, shown like the lab's own evaluations, never labelled."""

import json
from pathlib import Path

import pytest

from backend.analysis.evaluations import findings_of_job
from backend.config import settings
from backend.errors import InvalidDataError, UserError
from backend.exports import replays
from backend.exports.received import forget, read_received, receive, received
from models.tables import Job
from tests.screens import button, metrics_on, open_page, texts


@pytest.fixture
def replay(scored: Job) -> str:
    """The fingerprint of a received replay."""
    return receive(replays.dump(replays.record(scored.id)))


def test_a_replay_received_twice_is_kept_once_until_it_is_forgotten(replay: str) -> None:
    content = replays.dump(read_received(replay))
    assert receive(content) == replay and received() == [replay]
    forget(replay)
    assert received() == []
    with pytest.raises(UserError, match="not in this lab"):
        read_received(replay)


@pytest.mark.parametrize("fingerprint", ["", "../../lab", "0" * 12, "g" * 12])
def test_what_is_no_fingerprint_of_a_received_replay_is_refused(
    replay: str, fingerprint: str
) -> None:
    forget(fingerprint)
    with pytest.raises(UserError, match="not in this lab"):
        read_received(fingerprint)
    assert received() == [replay]


def test_a_file_that_was_changed_or_exchanged_is_refused(replay: str, scored: Job) -> None:
    path = settings().home / "replays" / f"{replay}.json"
    other = replays.record(scored.id).model_copy(update={"recorded_at": "2026-01-01"})
    path.write_bytes(replays.dump(other))
    with pytest.raises(UserError, match="was replaced"):
        read_received(replay)
    parts = json.loads(path.read_bytes())
    parts["scores"]["value"][0] = 99.0
    path.write_text(json.dumps(parts))
    with pytest.raises(InvalidDataError, match="changed in its scores"):
        read_received(replay)
    assert "Recorded elsewhere" not in texts(open_page("overview"))


def test_nothing_is_kept_of_a_file_that_is_no_replay(home: Path) -> None:
    with pytest.raises(InvalidDataError):
        receive(b"{}")
    assert received() == []


def test_a_received_replay_stands_on_the_overview_and_is_compared(replay: str, scored: Job) -> None:
    [finding] = findings_of_job(scored).headline
    overview = open_page("overview")
    assert "Recorded elsewhere" in [each.value for each in overview.subheader]
    [row] = overview.dataframe[-1].value.to_dict("records")
    assert (row["replay"], row["verdict"]) == (replay, finding.verdict.kind)
    assert row["size"] == finding.estimate.value
    recorded, own = open_page("compare", replay=replay), open_page("compare", evaluation=scored.id)
    assert [each.label for each in recorded.expander] == [each.label for each in own.expander]
    assert "Label blind" not in [each.label for each in recorded.button]


def test_a_refresh_finds_the_same_replay_and_slide(replay: str) -> None:
    page = open_page("present", replay=replay)
    button(page, "Begin").click().run()
    button(page, "Next").click().run()
    assert page.query_params["step"] == "1" and page.query_params["replay"] == replay
    again = open_page("present", replay=replay, step="1")
    assert texts(again) == texts(page)
    end = open_page("present", replay=replay, step="999999")
    assert metrics_on(end) == ["+2.00 nats"]
    button(end, "Leave").click().run()
    assert "step" not in end.query_params and button(end, "Begin")
    assert "not in this lab" in texts(open_page("present", replay="0" * 12))


def test_a_replay_is_removed_only_when_that_is_confirmed(replay: str) -> None:
    page = open_page("present", replay=replay)
    button(page, "Remove this replay").click().run()
    assert received() and button(page, "Keep it")
    button(page, "Remove this replay").click()  # The dialog stays open in a browser.
    button(page, "Remove it").click().run()
    assert not received() and "replay" not in page.query_params
