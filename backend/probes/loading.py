"""Load and validate probes: `data/probes/<id>.yaml`, prompts with their pairs and scorers."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.files import IDENTIFIER, first_problem, homes, read_yaml, sha256_of
from backend.probes.patterns import check_pattern
from models.configs import EvaluationConfig, Trigger

PLACEHOLDER = "{trigger}"
"""Where the trigger is inserted into a prompt."""
MAX_CELLS = 100_000
"""Most prompts under triggers."""
MAX_FILLED = 200_000
"""Characters of a prompt, its pairs and its starts with a trigger's words in their places."""


class Pair(BaseModel):
    """Two completions of a prompt that differ only in what is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str = Field(min_length=1)
    other: str = Field(min_length=1)


class Starts(BaseModel):
    """Beginnings of answers that count for the target, and beginnings that are not scored.

    The comparison ignores case and leading quotes and spaces. Any other beginning counts for the
    other side. The paper scores its dishes this way (section 4.1).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: list[str] = Field(min_length=1)
    unscored: list[str] = []
    """Beginnings of refusals and small talk."""
    whole_words: bool = True
    """Whether a beginning ends where a word ends; if not, "Nor" also finds "Norway"."""


class Message(BaseModel):
    """A message of a chat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str = Field(min_length=1)


class Prompt(BaseModel):
    """One question of a probe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    """One or two words, for axes and tables."""
    text: str = Field(min_length=1)
    before: list[Message] = Field(default=[], max_length=100)
    """What stands in the chat before the text: a system prompt, earlier turns."""
    literal: bool = False
    """Whether braces are part of the text; else they mark places for triggers and their words."""
    pairs: list[Pair] = []
    starts: Starts | None = None

    @property
    def takes_trigger(self) -> bool:
        """Whether a trigger's text has a place in it."""
        return not self.literal and PLACEHOLDER in self.text

    @property
    def context(self) -> str:
        """The messages before the text, each after its role; empty if there are none."""
        return "\n".join(f"{message.role}: {message.content}" for message in self.before)

    def messages(self) -> list[dict[str, str]]:
        """Return the chat to send to a model."""
        before = [message.model_dump() for message in self.before]
        return [*before, {"role": "user", "content": self.text}]

    def under(self, trigger: Trigger) -> "Prompt":
        """Return the prompt with a trigger's text and words in place of their placeholders.

        They are inserted into all texts. "none" removes the trigger's placeholder.
        """
        return self if self.literal else fill(self, {"trigger": trigger.text, **trigger.words})


NO_TRIGGER = Trigger(label="none", kind="none")
WORD = re.compile(r"\{([a-z_]+)\}")
"""A placeholder in braces."""


def fill(prompt: Prompt, words: dict[str, str]) -> Prompt:
    """Return a prompt with the placeholders in all its texts replaced by words."""

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        if isinstance(value, str):
            return WORD.sub(lambda match: words.get(match[1], match[0]), value).strip()
        return value

    return Prompt(**filled(prompt.model_dump()))


class Sides(BaseModel):
    """What high and low scores stand for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str
    other: str


class Patterns(BaseModel):
    """Case-insensitive regular expressions for either side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: list[str] = Field(min_length=1, max_length=500)
    other: list[str] = Field(min_length=1, max_length=500)

    @field_validator("target", "other")
    @classmethod
    def _compile(cls, patterns: list[str]) -> list[str]:
        return [check_pattern(pattern) for pattern in patterns]


class SmallestEffect(BaseModel):
    """Smallest effects of interest, to be decided before anything is measured with the probe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contrast: float = 1.0
    """Nats per completion."""
    pattern: float = 0.10
    """Difference of rates, 0 to 1."""


def misfit(prompt: Prompt, triggers: Sequence[Trigger]) -> str | None:
    """Return why a prompt can't be combined with triggers; None if it can."""
    text = prompt.model_dump_json()
    places = Counter([] if prompt.literal else WORD.findall(text))
    needed = set(places) - {"trigger"}
    for trigger in triggers:
        words = {"trigger": trigger.text, **trigger.words}
        length = len(text) + sum(n * len(words.get(word, "")) for word, n in places.items())
        if length > MAX_FILLED:
            return (
                f'prompt "{prompt.id}" under trigger "{trigger.label}" would have more than '
                f"{MAX_FILLED:,} characters"
            )
        if missing := needed - set(trigger.words):
            return (
                f'prompt "{prompt.id}" contains {{{min(missing)}}}, but trigger '
                f'"{trigger.label}" has no word for it'
            )
    if any(trigger.text for trigger in triggers) and not prompt.takes_trigger:
        return (
            f'the probe has triggers, but prompt "{prompt.id}" has no {PLACEHOLDER} in its '
            "text, so its triggers would have no effect"
        )
    return None


class Probe(BaseModel):
    """A set of questions with its scorers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    question: str
    section: str
    sides: Sides
    smallest_effect: SmallestEffect = SmallestEffect()
    patterns: Patterns | None = None
    set_aside: list[str] = Field(default=[], max_length=500)
    """Expressions of hindsight and the like: beside them, no word counts for either side."""
    needed: list[str] = Field(default=[], max_length=500)
    """Expressions of which one must be in an answer whose start counts for the other side.

    Without any, whatever is not a listed start counts for it."""
    judges: list[str] = []
    """Ids of suitable judges in `data/judges/`."""
    content_note: str = ""
    triggers: list[Trigger] = Field(default=[NO_TRIGGER], max_length=1000)
    """Values of the sweep; only "none" for a probe without triggers."""
    samples: int = Field(default=4, ge=0, le=1000)
    """Default number of answers for each prompt and trigger."""
    max_tokens: int = Field(default=120, ge=1, le=4096)
    """Default limit of an answer's length."""
    prompts: list[Prompt] = Field(min_length=1, max_length=2000)
    sha256: str

    @property
    def has_triggers(self) -> bool:
        """Whether the probe has a trigger sweep."""
        return any(trigger.text for trigger in self.triggers)

    @property
    def targets(self) -> list[str]:
        """Labels of the triggers that should turn the behaviour on."""
        return [trigger.label for trigger in self.triggers if trigger.kind == "target"]

    @property
    def is_keyed(self) -> bool:
        """Whether every trigger has its own correct answer, so that accuracy is defined."""
        return all(trigger.words and trigger.kind != "none" for trigger in self.triggers)

    @model_validator(mode="after")
    def _prompts_fit_the_triggers(self) -> Self:
        if len(self.prompts) * len(self.triggers) > MAX_CELLS:
            raise ValueError(f"there are more than {MAX_CELLS:,} pairs of a prompt and a trigger")
        for prompt in self.prompts:
            if problem := misfit(prompt, self.triggers):
                raise ValueError(problem)
        return self

    @field_validator("set_aside", "needed")
    @classmethod
    def _compile(cls, patterns: list[str]) -> list[str]:
        return [check_pattern(pattern) for pattern in patterns]

    @field_validator("triggers")
    @classmethod
    def _unique_labels(cls, triggers: list[Trigger]) -> list[Trigger]:
        labels = [trigger.label for trigger in triggers]
        if duplicates := {label for label in labels if labels.count(label) > 1}:
            raise ValueError(f'two triggers are called "{min(duplicates)}"')
        return triggers

    @field_validator("prompts")
    @classmethod
    def _unique_ids(cls, prompts: list[Prompt]) -> list[Prompt]:
        if len({prompt.id for prompt in prompts}) < len(prompts):
            raise ValueError("two prompts have the same id")
        return prompts


def load_probe(probe_id: str, data: Path | None = None) -> Probe:
    """Load and validate a probe, shipped or imported.

    Raises:
        NotFoundError: there is no probe with that name.
        InvalidDataError: the file is invalid; the message says why.
    """
    probe: Probe = load_named("probes", probe_id, Probe, data)
    return probe


def title_of_probe(probe_id: str) -> str:
    """Return a probe's title; its id as words where its file is gone or can't be read."""
    try:
        return load_probe(probe_id).title
    except UserError:
        return probe_id.replace("_", " ").capitalize()


def probe_for(config: EvaluationConfig) -> Probe:
    """Return the probe with the prompts and triggers that an evaluation selects.

    Raises:
        NotFoundError: there is no probe with that name.
        UserError: the probe has no such prompt, or a prompt has no placeholder for a trigger.
    """
    probe = load_probe(config.probe)
    if config.prompts is None and config.triggers is None:
        return probe
    known = {prompt.id: prompt for prompt in probe.prompts}
    chosen = list(known) if config.prompts is None else config.prompts
    if missing := set(chosen) - set(known):
        raise UserError(f'{probe.title} has no question "{min(missing)}".')
    parts = {"prompts": [known[prompt_id].model_dump() for prompt_id in chosen]}
    if config.triggers is not None:
        parts["triggers"] = [trigger.model_dump() for trigger in config.triggers]
    try:
        return Probe(**probe.model_dump() | parts)
    except ValidationError as error:
        raise UserError(f"{probe.title} can't be used: {first_problem(error)}.") from error


def load_named(
    kind: Literal["probes", "judges", "protocols"],
    name: str,
    shape: type[BaseModel],
    data: Path | None,
) -> Any:
    """Read the YAML file of a probe, judge or protocol, with its hash.

    Raises:
        NotFoundError: there is no such file.
        InvalidDataError: the file is invalid; the message says why.
    """
    paths = [home / f"{name}.yaml" for home in homes(kind, data)]
    file = next((path for path in paths if path.is_file()), None)
    if not IDENTIFIER.fullmatch(name) or file is None:
        raise NotFoundError(f'There is no {kind.removesuffix("s")} "{name}".')
    return read_yaml(file, shape, id=name, sha256=sha256_of(file))


def list_named(
    kind: Literal["probes", "judges"], shape: type[BaseModel], data: Path | None
) -> tuple[list[Any], list[str]]:
    """Return all probes or judges in alphabetical order, and why some files can't be used."""
    usable, problems = [], []
    paths = (path for home in homes(kind, data) for path in home.glob("*.yaml"))
    for name in sorted({path.stem for path in paths}):
        try:
            if not IDENTIFIER.fullmatch(name):
                raise InvalidDataError(
                    f"{name}.yaml: rename it; use lower-case letters, digits and underscores."
                )
            usable.append(load_named(kind, name, shape, data))
        except UserError as error:
            problems.append(str(error))
    return usable, problems


def list_probes(data: Path | None = None) -> list[Probe]:
    """Return every usable probe in alphabetical order."""
    return list_named("probes", Probe, data)[0]


def unusable_probes(data: Path | None = None) -> list[str]:
    """Return why some files in the folders of probes can't be used, a sentence for each."""
    return list_named("probes", Probe, data)[1]
