"""Where a job computes: on one device, or on several GPUs that share batches or weights.

Decided without torch, so that pages can show it before a run starts.
"""

from pydantic import BaseModel, ConfigDict

from backend.base_models.cards import get_card
from backend.machine.gpus import gpu_memories, least_used_gpu
from backend.runs.queries import trained_config
from models.configs import RunConfig
from models.tables import Job


class Placement(BaseModel):
    """How a run is spread over one machine."""

    model_config = ConfigDict(frozen=True)

    processes: int = 1
    """One for each GPU used; 1 also without a GPU."""
    sharded: bool = False
    """Whether each GPU holds a part of the weights (FSDP) or all of them (DDP)."""

    @property
    def text(self) -> str:
        """The placement in words; empty for a single process."""
        if self.processes == 1:
            return ""
        how = "each holding a part of the base model (FSDP)" if self.sharded else "each whole (DDP)"
        return f"{self.processes} GPUs share every batch, {how}."


SINGLE = Placement()


def placement_of(config: RunConfig) -> Placement:
    """Return where a run is trained: on the largest number of GPUs that divides its batch evenly.

    The weights are sharded only if one GPU has too little memory for the base model; 4-bit weights
    never are.
    """
    memories = gpu_memories()
    shares = [n for n in range(2, len(memories) + 1) if config.batch_size % n == 0]
    if not shares:
        return SINGLE
    large = get_card(config.base_model).memory_gib > min(memories)
    return Placement(processes=max(shares), sharded=large and config.method != "qlora")


def gpu_environment_for(job: Job) -> dict[str, str]:
    """Return the environment variables that select a job's GPU; none if it uses several."""
    config = trained_config(job)
    return {} if config and placement_of(config).processes > 1 else least_used_gpu()
