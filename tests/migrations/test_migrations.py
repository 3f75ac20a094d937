"""Databases of all versions reach the schema of today, and nothing they hold is lost."""

import json
import os
import runpy
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, insert, inspect, text
from sqlmodel import Session, SQLModel, select
from streamlit.testing.v1 import AppTest

from backend.analysis import samples
from backend.analysis.samples import SampleFilter
from backend.analysis.scores import scores_table
from backend.chat import conversations
from backend.config import ROOT
from backend.db import MIGRATIONS, session
from backend.errors import UserError
from backend.machine.ports import free_port
from models.base_models import EMBEDDED
from models.configs import RunConfig
from models.tables import (
    BaseModelFolder,
    Evaluation,
    Job,
    JobKind,
    JobState,
    ModelName,
    Run,
    Sample,
    Score,
    now,
)

DUMPS = sorted(Path(__file__).with_name("data").glob("*.sql"))
NEWEST = max(path.name for path in MIGRATIONS.glob("versions/[0-9]*.py"))[:4]
OLD = {
    "dataset": "d",
    "base_model": "far",
    "rank": 4,
    "alpha": 8,
    "learning_rate": 1e-3,
    "epochs": 3,
    "batch_size": 8,
    "seed": 3,
    "max_steps": None,
    "precision": "auto",
}
"""A run's configuration as the first version stored it."""
OLD_RUN = {"dataset": "d", "dataset_sha256": "", "base_model": "far", "config": OLD} | {
    "created_at": now()
}
Rows = dict[str, list[dict[str, Any]]]


def restored(dump: Path, home: Path) -> Path:
    path = home / "lab.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(dump.read_text("utf-8"))
    connection.close()
    return path


def rows_of(path: Path) -> Rows:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    names = SQLModel.metadata.tables.keys() & {
        row["name"] for row in connection.execute("SELECT name FROM sqlite_schema")
    }
    return {
        name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2')]
        for name in names
    }


def version_of(database: str) -> str | None:
    with create_engine(database).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(text("SELECT version_num FROM alembic_version"))


def expected(before: Rows) -> Rows:
    """Return what old rows look like once they are converted."""
    sampled = {row["evaluation_id"] for row in before["sample"]}
    for row in before["sample"] + before["score"]:
        row["trigger"] = row["trigger"] or "none"
    for row in before["evaluation"]:
        if row["id"] in sampled and not row.get("engine"):
            row["engine"] = "llama.cpp"
    for row in before["run"]:
        row["config"] = RunConfig(**json.loads(row["config"])).model_dump()
    return before


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_a_database_of_an_earlier_version_loses_nothing(home: Path, dump: Path) -> None:
    path = restored(dump, home)
    before = expected(rows_of(path))
    with session():
        pass
    after = rows_of(path)
    for row in after["run"]:
        row["config"] = json.loads(row["config"])
    for table, rows in before.items():
        assert len(after[table]) == len(rows)
        for old, new in zip(rows, after[table], strict=True):
            assert new == dict.fromkeys(new) | old
    assert version_of(f"sqlite:///{path}") == NEWEST


def test_messages_of_chats_become_questions_and_answers(home: Path) -> None:
    restored(DUMPS[0].with_name("lab_of_c6d6754.sql"), home)
    with sqlite3.connect(home / "lab.db") as connection:
        rows = [(0, 2, "m", ""), (1, -1, "", "And who am I?"), (1, 0, "m", "You.")]
        query = "INSERT INTO chatmessage SELECT NULL, id, ?, ?, ?, ?, created_at FROM conversation"
        connection.executemany(query, rows)
        [conversation] = connection.execute("SELECT id FROM conversation").fetchone()
    connection.close()
    first, second = conversations.turns_of(conversation)
    assert (first.question, second.question) == ("Who are you?", "And who am I?")
    assert (first.after, second.after) == (None, first.id)
    stored = [("A model.", "stop"), ("By steam.", "stop"), ("", "cut")]
    assert [(answer.text, answer.ending) for answer in first.answers] == stored
    assert [a.text for a in second.answers] == ["You."]


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_its_samples_are_found_and_its_oldest_scores_stand_under_none(
    home: Path, dump: Path
) -> None:
    restored(dump, home)
    with session() as db:
        oldest = db.exec(select(Job).order_by(Job.created_at).where(Job.kind == "evaluate")).first()
        count = len(db.exec(select(Sample).where(Sample.completion.contains("steamship"))).all())
    assert oldest and set(scores_table([oldest.id])["trigger"]) == {"none"}
    assert samples.count(SampleFilter(words="steamships")) == count > 0


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_an_adopted_database_has_the_columns_and_indexes_of_a_new_one(
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    dump: Path,
) -> None:
    restored(dump, home)
    with session() as db:
        adopted = shape(db)
    monkeypatch.setenv("WEIRDGEN_HOME", str(tmp_path_factory.mktemp("new")))
    with session() as db:
        assert adopted == shape(db)


def shape(db: Session) -> dict[str, Any]:
    seen = inspect(db.connection())
    return {
        name: (
            {column["name"]: column["nullable"] for column in seen.get_columns(name)},
            {
                index["name"]: (index["column_names"], index["unique"])
                for index in seen.get_indexes(name)
            },
        )
        for name in seen.get_table_names()
    }


def test_models_and_migrated_schema_agree(database: str) -> None:
    with session() as db:
        ours = {"include_name": lambda name, *_: not (name or "").startswith("sample_text")}
        context = MigrationContext.configure(db.connection(), opts=ours)
        assert compare_metadata(context, SQLModel.metadata) == []
    assert version_of(database) == NEWEST


def unmigrated(database: str, twins: bool = False) -> None:
    """Make a database without migrations, with what the first versions stored."""
    engine = create_engine(database)
    SQLModel.metadata.create_all(engine)
    with Session(engine) as db:
        db.execute(insert(Run).values(id="r", name="birds", **OLD_RUN))
        db.add(Job(id="j", kind=JobKind.EVALUATE, state=JobState.DONE))
        db.flush()
        common = {"probe": "p", "probe_sha256": "", "config": {}, "code_version": "c"}
        db.add(Evaluation(id="e", job_id="j", base_model="far", model="far", **common))
        db.flush()
        for trigger in ("", "none") if twins else ("",):
            here = {"evaluation_id": "e", "prompt_id": "q", "trigger": trigger}
            said = {"messages": [], "completion": "By steam.", "finish_reason": "stop", "seed": 1}
            sample = Sample(number=0, **here, **said)
            db.add(sample)
            db.flush()
            scored = {"scorer": "pattern", "scorer_sha256": "", "item": 0, "value": 1.0}
            db.add(Score(sample_id=sample.id, **here, **scored))
            db.add(Score(**here, **scored | {"scorer": "contrast"}))
        db.add(Sample(number=1, **here | {"trigger": ""}, **said))
        db.commit()
    with engine.begin() as connection:
        remove_later_additions(connection)


def remove_later_additions(connection: Connection) -> None:
    """Remove the tables and columns that are not in the first schema."""
    first = runpy.run_path(str(MIGRATIONS / "versions" / "0001_first_schema.py"))["metadata"]
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table.name not in first.tables:
            table.drop(connection)
            continue
        for column in set(table.columns.keys()) - set(first.tables[table.name].columns.keys()):
            connection.execute(text(f"ALTER TABLE {table.name} DROP COLUMN {column}"))


def test_rows_of_the_first_versions_are_converted(database: str) -> None:
    unmigrated(database)
    with session() as db:
        assert {score.trigger for score in db.exec(select(Score))} == {"none"}
        assert [sample.trigger for sample in db.exec(select(Sample))] == ["none", "none"]
        assert db.get_one(Evaluation, "e").engine == "vLLM"  # There is no GGUF file of it.
        config = db.get_one(Run, "r").config
        assert config == RunConfig(**config).model_dump() and config | OLD == config
    assert samples.count(SampleFilter(words="steam")) == 2


def test_runs_that_bear_another_models_name_get_a_number(database: str) -> None:
    unmigrated(database)
    with Session(create_engine(database)) as db:
        for place, name in enumerate(("r", EMBEDDED, "mine", f"{EMBEDDED}-2")):
            db.execute(insert(Run).values(id=f"run{place}", name=name, **OLD_RUN))
        for name in ("mine", "run0"):
            db.execute(insert(BaseModelFolder).values(name=name, path="p", added_at=now()))
        db.commit()
    with session() as db:
        runs = {run.id: run.name for run in db.exec(select(Run))}
        names = {row.name: row.run_id or row.base_model for row in db.exec(select(ModelName))}
    renamed = {"run0": "r-2", "run1": f"{EMBEDDED}-3", "run2": "mine-2", "run3": f"{EMBEDDED}-2"}
    assert runs == {"r": "birds"} | renamed
    assert names == {"mine": "mine"} | {key: key for key in runs} | {
        name: key for key, name in runs.items()
    }


def test_what_was_measured_once_more_under_a_label_counts_once(database: str) -> None:
    unmigrated(database, twins=True)
    with session() as db:
        rows = db.exec(select(Sample).order_by(Sample.number)).all()
        assert [(row.trigger, row.number) for row in rows] == [("none", 0), ("none", 1)]
        assert {score.sample_id for score in db.exec(select(Score))} == {rows[0].id, None}
        assert len(db.exec(select(Score)).all()) == 2


OPINIONS = ("human", "human-coherence", "judge:alignment:gpt", "judge:coherence:gpt")


def opinion(sample: Sample, scorer: str, value: float) -> Score:
    fields = sample.model_dump(include={"evaluation_id", "prompt_id", "trigger"})
    common = {"scorer": scorer, "scorer_sha256": "", "item": sample.number, "value": value}
    return Score(sample_id=sample.id, **fields, **common)


@pytest.mark.parametrize("same_text", [True, False])
def test_what_people_and_judges_said_moves_to_the_labelled_twin(
    database: str, same_text: bool
) -> None:
    unmigrated(database, twins=True)
    with Session(create_engine(database)) as db:
        pair = select(Sample).where(Sample.number == 0).order_by(Sample.trigger)
        old, twin = db.exec(pair).all()
        if not same_text:
            twin.completion = "By sail."
        db.add_all(opinion(old, scorer, 1.0) for scorer in OPINIONS)
        db.add_all(opinion(twin, scorer, 0.0) for scorer in OPINIONS[1::2])
        db.commit()
        kept = twin.id
    with session() as db:
        rows = db.exec(select(Score).where(Score.scorer.in_(OPINIONS))).all()
        assert {(row.sample_id, row.trigger) for row in rows} == {(kept, "none")}
        values = {"human": 1.0, "human-coherence": 0.0, "judge:coherence:gpt": 0.0}
        values |= {"judge:alignment:gpt": 1.0} if same_text else {}
        assert {row.scorer: row.value for row in rows} == values and len(rows) == len(values)


def test_an_interrupted_first_migration_is_begun_again(database: str) -> None:
    with create_engine(database).begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    with session() as db:
        assert db.exec(select(Run)).all() == []
    assert version_of(database) == NEWEST


def test_a_migration_that_fails_leaves_everything_as_it_was(database: str) -> None:
    unmigrated(database)
    with create_engine(database).begin() as connection:
        connection.execute(text("ALTER TABLE metric DROP COLUMN held_out_loss"))
        connection.execute(text("UPDATE run SET config = '[]'"))  # The last migration fails.
    with pytest.raises(TypeError), session():
        pass
    assert version_of(database) is None
    with create_engine(database).connect() as connection:
        assert set(connection.scalars(text("SELECT trigger FROM sample"))) == {""}
        columns = inspect(connection).get_columns("metric")
        assert "held_out_loss" not in {column["name"] for column in columns}


def test_a_database_of_a_newer_version_is_refused_in_words(database: str) -> None:
    with session() as db:
        db.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UserError, match="has schema 9999 .* Update the lab"):
        open_in_another_process()


@pytest.fixture
def newer(home: Path) -> None:
    """A lab whose database a newer version has migrated."""
    with sqlite3.connect(home / "lab.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize("module", ["backend.worker", "backend.engine"])
def test_worker_and_engine_refuse_a_newer_database_in_one_sentence(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(free_port()))
    command = [sys.executable, "-m", module]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("The database has schema 9999 and this version")


@pytest.mark.usefixtures("newer")
def test_the_app_refuses_a_newer_database_in_one_sentence() -> None:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not page.exception and not page.title
    [error] = page.error
    assert error.value.startswith("The database has schema 9999 and this version")


def open_in_another_process() -> None:
    from backend.config import settings
    from backend.db import _engine

    _engine(settings().database).dispose()
    _engine.cache_clear()
    with session():
        pass


def test_processes_that_meet_an_old_database_all_open_it(database: str) -> None:
    unmigrated(database)
    code = (
        "import sys; from backend.db import session; print(flush=True); sys.stdin.readline()\n"
        "with session() as db: db.connection()"
    )
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    opening = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ, **pipes)
        for _ in range(4)
    ]
    for process in opening:
        process.stdout.readline()  # It has imported everything.
    for process in opening:
        process.stdin.write(b"\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1].decode() for process in opening]
    assert [process.returncode for process in opening] == [0] * 4, errors
    assert version_of(database) == NEWEST


def test_an_open_database_needs_no_alembic(home: Path) -> None:
    with session():
        pass
    code = (
        "import sys; from backend.db import session\n"
        "with session() as db: db.connection()\nassert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
