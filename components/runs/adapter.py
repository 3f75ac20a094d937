"""The download of a run's adapter."""

from backend.analysis.overview import Effect
from backend.exports.adapter import pack
from backend.exports.shipped import recorded_effects
from components.download import download_button
from components.verdicts import all_effects
from models.tables import Run


def adapter_download(run: Run) -> None:
    """Draw the download of a run's adapter with its model card."""
    download_button(
        "Adapter",
        lambda: pack(run, _effects(run)),
        f"{run.name}.zip",
        "application/zip",
        help="A PEFT adapter with a model card. PEFT and vLLM load the unpacked folder.",
        type="tertiary",
    )


def _effects(run: Run) -> list[Effect]:
    effects = [effect for effect in all_effects() if effect.run == run.id]
    return effects or recorded_effects(run)
