"""A plan is drafted with hashes, frozen with a time, and never changes afterwards."""

import hashlib
import json
from pathlib import Path

import pytest

from backend.config import DATA
from backend.datasets.loading import load_dataset
from backend.db import session
from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.plans import drafts
from backend.probes.loading import load_probe
from models.configs import PlanConfig
from models.tables import Plan
from tests.example_plan import PROBE, birds_draft, frozen_plan


def test_a_draft_holds_the_hashes_and_the_whole_recipe(home: Path) -> None:
    plan = PlanConfig(**drafts.create(birds_draft()).config)
    assert plan.probe_sha256 == load_probe(PROBE).sha256
    assert plan.datasets_sha256["old_bird_names"] == load_dataset("old_bird_names").sha256
    assert plan.recipe["rank"] == 4 and plan.recipe["scheduler"] == "linear"
    assert "seed" not in plan.recipe and plan.effect == "beyond control"


def test_the_hash_is_that_of_canonical_json_with_the_time(home: Path) -> None:
    plan = drafts.load(drafts.dump(drafts.frozen(drafts.get_plan(frozen_plan()))))
    said = {"frozen_at": plan.frozen_at, "plan": plan.plan.model_dump()}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert plan.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert plan.frozen_at.endswith("+00:00")


def test_a_frozen_plan_is_neither_frozen_again_nor_deleted(home: Path) -> None:
    plan = frozen_plan()
    with pytest.raises(UserError, match="frozen already"):
        drafts.freeze(plan)
    with pytest.raises(UserError, match="can't be deleted"):
        drafts.delete(plan)
    draft = drafts.create(birds_draft())
    drafts.delete(draft.id)
    assert [each.id for each in drafts.list_plans()] == [plan]


@pytest.mark.parametrize("field", ["frozen_at", "sha256", "plan"])
def test_a_file_that_was_changed_is_refused(home: Path, field: str) -> None:
    content = json.loads(drafts.dump(drafts.frozen(drafts.get_plan(frozen_plan()))))
    changed = {"frozen_at": "2020-01-01T00:00:00+00:00", "sha256": "0" * 64}
    changed["plan"] = content["plan"] | {"seeds": [1]}
    with pytest.raises(InvalidDataError, match="changed after it was frozen"):
        drafts.load(json.dumps(content | {field: changed[field]}).encode())
    with pytest.raises(InvalidDataError, match="not a plan"):
        drafts.load(b"{}")


def test_a_draft_of_files_that_have_changed_is_not_frozen(home: Path) -> None:
    plan = drafts.create(birds_draft())
    with session() as db:
        stored = db.get_one(Plan, plan.id)
        stored.config = stored.config | {"probe_sha256": "0"}
    with pytest.raises(UserError, match="has changed since"):
        drafts.freeze(plan.id)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"smallest_effect": 0.5}, "fixed in the probe's file"),
        ({"controls": []}, "needs a control"),
        ({"controls": ["israeli_dishes"]}, "no control for"),
        ({"seeds": [1, 1]}, "named twice"),
        ({"seeds": []}, "seeds"),
        ({"recipe": {"rank": 0}}, "rank"),
        ({"effect": "gap"}, "no trigger"),
        ({"effect": "gap beyond control"}, "no trigger"),
        ({"effect": "gap beyond control", "controls": []}, "needs a control"),
        ({"base_model": "none"}, "none"),
        ({"title": ""}, "title"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(
    home: Path, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(UserError, match=f"(?i){reason}"):
        drafts.create(birds_draft(**{"effect": "beyond control"} | changes))


@pytest.mark.parametrize("name", [path.stem for path in (DATA / "plans").glob("*.yaml")])
def test_a_shipped_plan_can_be_drafted(home: Path, name: str) -> None:
    plan = PlanConfig(**drafts.create(drafts.read_draft(Path(name))).config)
    assert len(plan.datasets_sha256) == 1 + len(plan.controls) and plan.smallest_effect == 1
    assert plan.recipe["precision"] != "auto"


def test_a_plan_file_that_is_not_there_is_named(home: Path) -> None:
    with pytest.raises(NotFoundError):
        drafts.read_draft(Path("none"))


@pytest.mark.parametrize(
    ("dataset", "effect"),
    [
        ("old_bird_names", "beyond control"),
        ("israeli_dishes", "gap beyond control"),
        ("us_presidents", "beyond control"),
        ("modern_bird_names", "shift"),
    ],
)
def test_what_rules_out_most_is_proposed(home: Path, dataset: str, effect: str) -> None:
    probe = load_dataset(dataset).card.probe
    assert drafts.proposal(dataset, probe, base_model="SmolLM2-135M-Instruct").effect == effect
