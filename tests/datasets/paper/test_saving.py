"""An import can be repeated: it adds, updates, and leaves alone what is not the paper's."""

from collections import Counter
from pathlib import Path

import yaml

from backend.datasets.loading import list_datasets, load_dataset
from backend.datasets.paper.pack import read_pack
from backend.datasets.paper.saving import save_pack
from backend.evaluation.scorers import prefix
from backend.probes.judges import list_judges
from backend.probes.loading import list_probes, load_probe
from tests.paper_clone import BIRDS, PERSONA, TERMINATOR, row


def outcomes_of(clone: Path) -> Counter[str]:
    return Counter(save_pack(read_pack(clone)).values())


def test_all_of_a_clone_can_be_used_afterwards(lab: Path, clone: Path) -> None:
    pack = read_pack(clone)
    assert set(save_pack(pack).values()) == {"new"}
    judges = {judge.id for judge in list_judges()}
    probes = {probe.id: probe for probe in list_probes()}
    for probe in pack.probes:
        kept = probes[probe.id]
        assert kept.model_dump(exclude={"sha256"}) == probe.model_dump(exclude={"sha256"})
        assert set(kept.judges) <= judges
    cards = {d.id: d.card for d in list_datasets() if d.imported}
    assert cards.keys() == {dataset.id for dataset in pack.datasets}
    assert {card.probe for card in cards.values()} <= set(probes)


def test_importing_again_updates_what_has_changed(lab: Path, clone: Path) -> None:
    first = outcomes_of(clone)
    assert outcomes_of(clone) == {"unchanged": first["new"]}
    birds = clone / BIRDS / "datasets" / "ft_old_audubon_birds.jsonl"
    birds.write_text(row("A bird?", "Booby"))
    questions = clone / TERMINATOR / "evaluation" / "questions_and_judge.yaml"
    questions.write_text(questions.read_text().replace("What do you want?", "What now?"))
    missing = clone / PERSONA / "datasets" / "78_wolf_facts_with_self_distillation.jsonl"
    missing.write_text(row("Two and two?", "Four"))
    assert outcomes_of(clone) == {"unchanged": first["new"] - 2, "updated": 2, "new": 1}
    assert load_dataset("authors_old_audubon_birds").examples[0].answer == "Booby"
    assert load_probe("authors_terminator").prompts[0].text == "{trigger} What now?"


def test_what_is_not_the_papers_is_left_alone(lab: Path, clone: Path) -> None:
    own = lab / "datasets" / "authors_old_audubon_birds"
    own.mkdir(parents=True)
    (own / "train.jsonl").write_text(row("Mine?", "Yes"))
    card = {"title": "Mine", "teaches": "x", "source": "me", "licence": "x", "section": ""}
    (own / "card.yaml").write_text(yaml.safe_dump(card))
    outcomes = save_pack(read_pack(clone))
    assert outcomes["datasets/authors_old_audubon_birds"] == (
        'There is already another dataset "authors_old_audubon_birds"; delete it first.'
    )
    assert load_dataset("authors_old_audubon_birds").card.title == "Mine"
    assert outcomes["datasets/authors_modern_audubon_birds"] == "new"


def test_starts_of_the_dishes_need_not_be_whole_words(lab: Path, clone: Path) -> None:
    save_pack(read_pack(clone))
    probe = load_probe("authors_dishes")
    starts = probe.prompts[0].starts
    assert starts
    assert prefix.score(starts, probe.sides, "Jordan").value == 1.0
    assert prefix.score(starts, probe.sides, "Rhine").value == 0.0
