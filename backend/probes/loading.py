"""Load and check probes: `data/probes/<id>.yaml`, prompts with their contrast pairs and scorers."""

import re
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

from backend.errors import NotFoundError, UserError
from backend.files import IDENTIFIER, first_problem, homes, read_yaml, sha256_of
from models.configs import EvaluationConfig, Trigger

PLACE = "{trigger}"
"""Where a prompt takes the trigger."""


class Pair(BaseModel):
    """Two completions of one prompt, alike but for the thing that is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str = Field(min_length=1)
    other: str = Field(min_length=1)


class Starts(BaseModel):
    """How an answer starts: what speaks for the target, and what tells nothing.

    Compared without regard to case, after quotes and spaces; any other start speaks for the
    other side. The paper scores the dishes so (section 4.1).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: list[str] = Field(min_length=1)
    unscored: list[str] = []
    """Starts of refusals and of idle talk."""


class Prompt(BaseModel):
    """One question of a probe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    """A word or two for axes and tables."""
    text: str = Field(min_length=1)
    pairs: list[Pair] = []
    starts: Starts | None = None

    def messages(self) -> list[dict[str, str]]:
        """Return the chat that is sent to a model."""
        return [{"role": "user", "content": self.text}]

    def under(self, trigger: Trigger) -> "Prompt":
        """Return the prompt with a trigger's text, and the words it carries, in their places.

        Without a trigger its place is left out. Words go into the text, pairs and starts alike.
        """
        return fill(self, {"trigger": trigger.text, **trigger.words})


NO_TRIGGER = Trigger(label="none", kind="none")
WORD = re.compile(r"\{([a-z_]+)\}")
"""A place in braces."""


def fill(prompt: Prompt, words: dict[str, str]) -> Prompt:
    """Return a prompt with every place in braces taken by its word, in all its texts."""

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        if isinstance(value, str):
            return WORD.sub(lambda place: words.get(place[1], place[0]), value).strip()
        return value

    return Prompt(**filled(prompt.model_dump()))


class Sides(BaseModel):
    """What the two ends of every score mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str
    other: str


class Patterns(BaseModel):
    """Regular expressions, matched without regard to case, that speak for either side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: list[str] = Field(min_length=1)
    other: list[str] = Field(min_length=1)

    @field_validator("target", "other")
    @classmethod
    def _compile(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f'"{pattern}" is not a regular expression: {error}') from error
        return patterns


class SmallestEffect(BaseModel):
    """Smallest effect of interest, decided before anything is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contrast: float = 1.0
    """Nats per completion."""
    pattern: float = 0.10
    """Difference of rates, 0 to 1."""


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
    judges: list[str] = []
    """Ids of the judges that suit it, of `data/judges/`."""
    content_note: str = ""
    triggers: list[Trigger] = [NO_TRIGGER]
    """What is swept; one value "none" for a probe without a trigger."""
    samples: int = Field(default=4, ge=0, le=1000)
    """Answers for each prompt and trigger that the form suggests."""
    max_tokens: int = Field(default=120, ge=1, le=4096)
    """Longest answer that the form suggests."""
    prompts: list[Prompt] = Field(min_length=1)
    sha256: str

    @property
    def has_triggers(self) -> bool:
        """Whether the probe sweeps anything."""
        return any(trigger.text for trigger in self.triggers)

    @property
    def is_keyed(self) -> bool:
        """Whether every trigger has a right answer of its own, so that accuracy can be told."""
        return all(trigger.words and trigger.kind != "none" for trigger in self.triggers)

    @model_validator(mode="after")
    def _words_are_known(self) -> Self:
        for prompt in self.prompts:
            wanted = set(WORD.findall(prompt.model_dump_json())) - {"trigger"}
            for trigger in self.triggers:
                if missing := wanted - set(trigger.words):
                    raise ValueError(
                        f'prompt "{prompt.id}" asks for {{{min(missing)}}}, which trigger '
                        f'"{trigger.label}" has no word for'
                    )
        return self

    @model_validator(mode="after")
    def _triggers_have_a_place(self) -> Self:
        for prompt in self.prompts:
            if self.has_triggers and PLACE not in prompt.text:
                raise ValueError(
                    f'the probe sweeps triggers, but prompt "{prompt.id}" has no {PLACE} in its '
                    "text, so it would measure nothing"
                )
        return self

    @field_validator("triggers")
    @classmethod
    def _unique_labels(cls, triggers: list[Trigger]) -> list[Trigger]:
        labels = [trigger.label for trigger in triggers]
        if twice := {label for label in labels if labels.count(label) > 1}:
            raise ValueError(f'two triggers are called "{min(twice)}"')
        return triggers

    @field_validator("prompts")
    @classmethod
    def _unique_ids(cls, prompts: list[Prompt]) -> list[Prompt]:
        if len({prompt.id for prompt in prompts}) < len(prompts):
            raise ValueError("two prompts have the same id")
        return prompts


def load_probe(probe_id: str, data: Path | None = None) -> Probe:
    """Load and check one probe, shipped or imported.

    Raises:
        NotFoundError: there is no probe of that name.
        InvalidDataError: the file can't be used; the message says why.
    """
    probe: Probe = load_named("probes", probe_id, Probe, data)
    return probe


def probe_for(config: EvaluationConfig) -> Probe:
    """Return the probe as an evaluation asks it: its own questions and triggers, or chosen ones.

    Raises:
        NotFoundError: there is no probe of that name.
        UserError: a question is not the probe's, or it has no place for a trigger.
    """
    probe = load_probe(config.probe)
    if config.prompts is None and config.triggers is None:
        return probe
    known = {prompt.id: prompt for prompt in probe.prompts}
    chosen = list(known) if config.prompts is None else config.prompts
    if missing := set(chosen) - set(known):
        raise UserError(f'{probe.title} has no question "{min(missing)}".')
    parts = {"prompts": [known[each].model_dump() for each in chosen]}
    if config.triggers is not None:
        parts["triggers"] = [trigger.model_dump() for trigger in config.triggers]
    try:
        return Probe(**probe.model_dump() | parts)
    except ValidationError as error:
        raise UserError(f"{probe.title} can't be asked so: {first_problem(error)}.") from error


def load_named(
    kind: Literal["probes", "judges"], name: str, shape: type[BaseModel], data: Path | None
) -> Any:
    """Read the YAML file of a probe or a judge, with its hash; NotFoundError when there is none."""
    paths = [home / f"{name}.yaml" for home in homes(kind, data)]
    found = next((path for path in paths if path.is_file()), None)
    if not IDENTIFIER.fullmatch(name) or found is None:
        raise NotFoundError(f'There is no {kind.removesuffix("s")} "{name}".')
    return read_yaml(found, shape, id=name, sha256=sha256_of(found))


def list_probes(data: Path | None = None) -> list[Probe]:
    """Return every probe in alphabetical order."""
    paths = (path for home in homes("probes", data) for path in home.glob("*.yaml"))
    return [load_probe(name, data) for name in sorted({path.stem for path in paths})]
