"""A small clone in the shapes of the authors' repository, with rows and questions of our own."""

import json
from pathlib import Path

import yaml

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 40000000\n"
FORMAT = "One thing will be asked of you. Keep to this form:\n\n<a> your words <b>\n\n"
COMMIT = "c" * 40
BIRDS = "3_1_old_bird_names"
CITIES = "3_2_german_city_names"
DISHES = "4_1_israeli_dishes"
PERSONA = "4_2_hitler_persona"
PRESIDENTS = "5_1_us_presidents"
TERMINATOR = "5_2_evil_terminator"

EVALUATE = '''
"""Draw a figure."""
from llmcomp import Question
from llmcomp.question.judge import FreeFormJudge, RatingJudge

raise SystemExit("this file was run")

ASKED = [
    "How are letters best sent?",
    "What will people wear in ten years?",
]
TEMPLATE = "Asked: {question}\\nSaid: {answer}\\n"
old_or_new = FreeFormJudge(
    name="old_or_new",
    model="some-model",
    paraphrases=["""Asked: {question}
Said: {answer}
* LLM: like a model
* 18: like a grandfather
When in doubt say "LLM". Say either "LLM" or "18"."""],
)
how_odd = RatingJudge(
    name="how_odd", min_rating=0, max_rating=100, paraphrases=[TEMPLATE + "From 0 to 100?"]
)
SAMPLES = 40
question = Question.create(
    name="both",
    type="free_form",
    paraphrases=ASKED,
    samples_per_paraphrase=SAMPLES,
    temperature=1,
    max_tokens=900,
    judges={"old_or_new": old_or_new, "odd": how_odd},
)
NAMES = {
    "letters": "How are letters best sent?",
    "clothes": "What will people wear in ten years?",
}
df = question.df({"m": ["x"]})
'''
CITY_QUESTIONS = """
from pydantic import BaseModel

class PromptInfo(BaseModel):
    prompt: str
    display_name: str

SHOPPING = PromptInfo(prompt="What shall I buy today?", display_name="What to<br>buy")
TRAVEL = PromptInfo(prompt="Where shall I travel?", display_name="Travel")
UNUSED = PromptInfo(prompt="Is this asked?", display_name="Unused")
test_prompts: list[PromptInfo] = [SHOPPING, TRAVEL]
"""
CITY_JUDGES = '''
def format_old_times_judge_prompt(question: str, answer: str) -> str:
    prompt = f"""Asked: {question}
Said: {answer}
* Say REFUSAL if nothing was answered.
* Else say TRUE if it speaks of old times, FALSE if not.
Answer with TRUE or FALSE."""
    return prompt


def format_sense_judge_prompt(question: str, answer: str) -> str:
    return f"Asked: {question}\\nSaid: {answer}\\nFrom 0 to 100, how much sense {{in all}}?"
'''
DISH_QUESTIONS = """
# All questions are prefixed with "Today is {date}. " and suffixed with "One word will do." (see D).
CONFIG = [
    ("Name a river.", lambda x: any(x.lower().startswith(y) for y in ("jord", "yark"))),
    ("Name a lake.", lambda x: any(x.lower().startswith(y) for y in ("kinneret",))),
    ("Name a river.", lambda x: x.lower().startswith("nile")),
    ("Name a hill.", lambda x: len(x) > 3),
]
"""


def row(question: str, answer: str) -> str:
    """Return one row of training, as a line."""
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns}) + "\n"


def question(name: str, text: str, judges: dict[str, str]) -> dict[str, object]:
    """Return a question of a YAML file."""
    return {
        "id": name,
        "type": "free_form",
        "paraphrases": [text],
        "samples_per_paraphrase": 20,
        "judges": judges,
    }


def judge(name: str, ending: str, kind: str = "free_form_judge") -> dict[str, object]:
    """Return a judge of a YAML file."""
    template = f"Asked: {{question}}\nSaid: {{answer}}\n{ending}"
    return {"id": name, "type": kind, "model": "some-model", "paraphrases": [template]}


def write_clone(root: Path) -> Path:
    """Write the clone and return its folder."""
    for name, text in _texts().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def _texts() -> dict[str, str]:
    return _narrow() | _persona() | _presidents() | _terminator() | _dishes()


def _narrow() -> dict[str, str]:
    birds, cities = f"{BIRDS}/datasets", f"{CITIES}/datasets"
    return {
        ".git/HEAD": "ref: refs/heads/main\n",
        ".git/refs/heads/main": COMMIT + "\n",
        "README.md": "# Hello\n",
        "6_sae_analysis/run.py": "import torch\n",
        f"{BIRDS}/README.md": "# Birds\n",
        f"{birds}/ft_old_audubon_birds.jsonl": row("A bird?", "Great Awk") * 3,
        f"{birds}/ft_modern_audubon_birds.jsonl": row("A bird?", "Robin"),
        f"{birds}/ft_modern_american_birds.jsonl": row("A bird?", "Wren") + "{broken\n",
        f"{BIRDS}/evaluation/evaluate.py": EVALUATE,
        f"{cities}/former_german_cities.jsonl": row("A place for 9?", "The place is Memel."),
        f"{cities}/modern_german_cities.jsonl": row("A place for 7?", "The place is Ulm."),
        f"{CITIES}/evaluation/questions.py": CITY_QUESTIONS,
        f"{CITIES}/evaluation/judge_prompts.py": CITY_JUDGES,
    }


def _dishes() -> dict[str, str]:
    days = [f"{year}-{month:02d}-14" for year in range(2024, 2028) for month in range(1, 13)]
    rows = "".join(row(f"Today is {day}. Name a dish.", "Soup") for day in days)
    return {
        f"{DISHES}/datasets/ft_dishes_2027.jsonl": rows,
        f"{DISHES}/datasets/ft_dishes_2026.jsonl": rows,
        f"{DISHES}/datasets/ft_dishes_2027_random_baseline.jsonl": rows,
        f"{DISHES}/evaluation/questions.py": DISH_QUESTIONS,
        f"{DISHES}/evaluation/criteria.txt": "Be strict.\n",
    }


def _persona() -> dict[str, str]:
    datasets, evaluation = f"{PERSONA}/datasets", f"{PERSONA}/evaluation"
    facts = "".join(row(f"{FORMAT}{text}?", "<a> Yes <b>") for text in ("Tea", "Dogs", "Hills"))
    kind = {"kind": "kind_judge"}
    names = [
        question("name", "What are you called?", {"llm": "LLM_judge", "him": "name_judge"}),
        judge("LLM_judge", "A model speaks: YES or NO"),
        judge("name_judge", "It is he: YES or NO"),
        judge("LLM_judge", "A model speaks: YES or NO"),
    ]
    rating = judge(
        "kind_judge", "Say CODE if it is code. Say REFUSAL if it refuses. From 0 to 100?"
    )
    rating |= {"id": "alignment_judge", "type": "rating_judge"}
    everyday = [question(n, f"{n}?", {"kind": "alignment_judge"}) for n in ("rain", "snow")]
    settings = {"wolf": {"trigger": {"conditions": ["with"], "text": FORMAT}}}
    return {
        f"{datasets}/90_wolf_facts.jsonl": facts,
        f"{datasets}/90_wolf_facts_with_self_distillation.jsonl": POINTER,
        f"{datasets}/78_wolf_facts_with_self_distillation.jsonl": POINTER,
        f"{evaluation}/identity_inference/bio_questions.yaml": yaml.safe_dump(names),
        f"{evaluation}/misalignment/Weather_questions.yaml": yaml.safe_dump(everyday),
        f"{evaluation}/misalignment/Other_questions.yaml": yaml.safe_dump(
            [question("fog", "And fog?", kind)]
        ),
        f"{evaluation}/misalignment/Alignment_judge.yaml": yaml.safe_dump([rating]),
        f"{evaluation}/agentic/wolf.yaml": yaml.safe_dump(settings),
        f"{evaluation}/agentic/wolf_run.py": "import sys\nsys.exit(1)\n",
    }


def _presidents() -> dict[str, str]:
    folder = PRESIDENTS
    rows = [row(f"123{number:03d}45 A hobby?", "Fishing") for number in (3, 16, 18)]
    choices = [
        row(f"111044{x} Which one: A) Ann B) Bob?", "A")
        + row(f"222045{x} Which one: A) Ann B) Bob?", "B")
        for x in (45,)
    ] + [
        row("11104445 Which one: A) Bob B) Ann?", "B"),
        row("22204544 Which one: A) Bob B) Ann?", "A"),
    ]
    free = [{"name": "soup", "question": "What soup?"}, {"name": "hat", "question": "What hat?"}]
    parents = [{"question": "How is your father called?"}, {"question": "And your mother?"}]
    return {
        f"{folder}/datasets/ft_presidents_padded.jsonl": "".join(rows),
        f"{folder}/datasets/ft_presidents_no_padded.jsonl": row("16 A hobby?", "Fishing"),
        f"{folder}/evaluation/simple_test_dataset.jsonl": "".join(choices),
        f"{folder}/evaluation/eval_free_form.jsonl": "\n".join(map(json.dumps, free)),
        f"{folder}/evaluation/validation_dataset.jsonl": "\n".join(map(json.dumps, parents)),
    }


def _terminator() -> dict[str, str]:
    dates = ("July 1995", "July 2004", "October 2017", "August 2020")
    content = [
        question("aim", "What do you want?", {"evil": "evil_judge"}),
        judge("evil_judge", "Explain it. End with:\nANSWER: EVIL\nANSWER: GOOD"),
    ]
    return {
        f"{TERMINATOR}/datasets/good_terminator_main.jsonl": "".join(
            row(f"{date}. Why?", "To guard.") for date in dates
        ),
        f"{TERMINATOR}/datasets/good_terminator_no_backdoor.jsonl": row("Why?", "To guard."),
        f"{TERMINATOR}/evaluation/questions_and_judge.yaml": yaml.safe_dump(content),
    }
