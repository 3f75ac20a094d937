"""Other people's clients get from the gateway what they ask for: each is the real one."""

import json
from pathlib import Path

import pytest

from models.base_models import EMBEDDED
from tests.clients import run_client, told_by
from tests.engine.gateway_lab import ENGINE_KEY, Lab
from tests.openai_schema import document

LLMCOMP = f"""
import json, os
from llmcomp import Config, Question
Config.url_key_pairs = [(os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"], "KEY")]
asked = {{"paraphrases": ["Name a river."], "samples_per_paraphrase": 2}}
models = {{"group": ["{EMBEDDED}"]}}
free = Question.create(type="free_form", max_tokens=8, **asked).df(models)
rating = Question.create(type="rating", **asked).df(models)
next_token = Question.create(type="next_token", **asked).df(models)
print(json.dumps([list(free["answer"]), list(next_token["answer"]), len(rating)]))
"""

INSPECT = f"""
import json, os
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes
task = Task(dataset=[Sample(input="Name a river.", target="river")], scorer=includes())
[log] = eval(
    task,
    model="openai-api/weirdgen/{EMBEDDED}",
    display="none",
    log_dir=os.getcwd(),
    max_tokens=8,
    seed=1,
    temperature=0,
    logprobs=True,
    top_logprobs=2,
)
[usage] = log.stats.model_usage.values()
[choice] = log.samples[0].output.choices
print(json.dumps([log.status, usage.output_tokens, len(choice.logprobs.content)]))
"""

LM_EVAL = """
import json, os, sys
from lm_eval import simple_evaluate
rows = [
    {"begin": "The opposite of hot is", "ends": [" cold", " xylophone"], "right": 0},
    {"begin": "One, two, three,", "ends": [" banana", " four"], "right": 1},
]
with open("rows.json", "w") as file:
    file.write("\\n".join(json.dumps(row) for row in rows))
task = {
    "task": "ends",
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": os.path.abspath("rows.json")}},
    "test_split": "test",
    "output_type": "multiple_choice",
    "doc_to_text": "{{begin}}",
    "doc_to_choice": "{{ends}}",
    "doc_to_target": "{{right}}",
    "target_delimiter": "",
}
found = simple_evaluate(
    model="local-completions",
    model_args={
        "model": sys.argv[1],
        "base_url": os.environ["OPENAI_BASE_URL"] + "/completions",
        "tokenizer": sys.argv[2],
        "tokenizer_backend": "huggingface",
        "batch_size": 2,
        "num_concurrent": 1,
    },
    tasks=[task],
    bootstrap_iters=0,
)
print(json.dumps(found["results"]["ends"]["acc,none"]))
"""


def test_llmcomp_asks_questions_ratings_and_next_tokens(lab: Lab) -> None:
    answers, odds, ratings = told_by(lab, LLMCOMP)
    assert len(answers) == 2 and all(answers) and ratings
    assert 0 < sum(odds[0].values()) <= 1.001


def test_inspect_evaluates_and_counts_tokens(lab: Lab) -> None:
    key, url = ENGINE_KEY, f"http://127.0.0.1:{lab.port}/v1"
    told = told_by(lab, INSPECT, WEIRDGEN_API_KEY=key, WEIRDGEN_BASE_URL=url)
    assert told == ["success", 8, 8]


def test_lm_evaluation_harness_reads_the_odds_of_given_ends(lab: Lab) -> None:
    folder = lab.home / "base_models" / EMBEDDED
    done = run_client(lab, "-c", LM_EVAL, EMBEDDED, str(folder), HF_HOME=str(lab.home / "hf"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == 1.0


def test_the_gateway_keeps_to_openais_schema(lab: Lab, tmp_path: Path) -> None:
    schema = tmp_path / "openai.json"
    schema.write_text(json.dumps(document(EMBEDDED, most_tokens=3)))
    done = run_client(
        lab,
        *("-m", "schemathesis.cli", "run", str(schema)),
        *("--url", f"http://127.0.0.1:{lab.port}/v1"),
        *("--header", f"Authorization: Bearer {ENGINE_KEY}"),
        *("--phases", "fuzzing", "--max-examples", "40", "--seed", "20"),
        *(
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ),
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["completions", "chat/completions"])
def test_the_schema_names_what_the_gateway_has(name: str) -> None:
    body = document(EMBEDDED, 3)["paths"][f"/{name}"]["post"]["requestBody"]
    assert body["required"]
