"""Train on one device, or on several devices of this machine with a process for each."""

import os
from collections.abc import Sequence
from pathlib import Path

from accelerate import PartialState
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from backend.base_models.tokenizer import TokenRow
from backend.jobs.progress import Progress
from backend.machine.processes import die_with_parent
from backend.runs.placement import Placement, placement_of
from backend.training.finetuning import Training, finetune
from backend.training.reporting import ReportingCallback
from models.configs import RunConfig


def train(
    config: RunConfig, rows: Sequence[TokenRow], folder: Path, callback: ReportingCallback
) -> Training:
    """Run `finetune` on as many devices as the run's placement says."""
    placement = placement_of(config)
    if placement.processes == 1:
        return finetune(config, rows, folder, callback)
    return train_together(placement, config, rows, folder, callback)


def train_together(
    placement: Placement,
    config: RunConfig,
    rows: Sequence[TokenRow],
    folder: Path,
    callback: ReportingCallback,
) -> Training:
    """Train in several processes that share each batch, and return the first one's result.

    Raises:
        LeaseLostError: another worker took the job.
        ChildFailedError: one of the processes failed, which ends the others too.
    """
    progress = callback.progress
    if config.precision == "auto":  # Processes that measured could choose different dtypes.
        config = config.model_copy(update={"precision": "bfloat16"})
    launch = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=placement.processes,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        run_id=callback.run_id,
        max_restarts=0,  # The queue retries the whole job, from its last checkpoint.
    )
    identity = (callback.run_id, progress.job_id, progress.holder, os.getpid())
    try:
        results = elastic_launch(launch, _process)(config, list(rows), folder, placement, *identity)
    except ChildFailedError:
        progress.report("Training")  # Raises LeaseLostError if that is why the process failed.
        raise
    training: Training = results[0]
    return training


def _process(
    config: RunConfig,
    rows: list[TokenRow],
    folder: Path,
    placement: Placement,
    run_id: str,
    job_id: str,
    holder: str,
    parent: int,
) -> Training:
    """Train in one of the processes."""
    die_with_parent(parent)
    PartialState()  # Selects this process's device, which must happen before a model is loaded.
    callback = ReportingCallback(run_id, Progress(job_id, holder))
    return finetune(config, rows, folder, callback, placement)
