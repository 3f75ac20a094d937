"""Finetuning against its peers: `python -m benchmarks.peers [--llamafactory PYTHON] DATASET ...`.

Same machine, rows, order of magnitude of steps, seed, dtype and hyperparameters; each side in a
process of its own: ours, the plain `transformers.Trainer`, TRL's `SFTTrainer` (also packed; needs
`pip install trl==1.16.0`) and LLaMA-Factory's command line in its own virtual environment
(`pip install llamafactory==0.9.5`, and its interpreter named here). DATASET is a dataset's id or a
run's `rows.jsonl`, for rows that are diluted.

With --gpu all sides train on the first NVIDIA GPU, and memory is what they allocated there.
Reported are examples a second over all steps, peak memory, tokens computed against the least
possible, and the loss that the finished adapter has on the rows, always counted by us in float32.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from backend.base_models.cards import torch_source
from backend.base_models.tokenizer import TokenRow, chat_tokenizer
from backend.config import DATA
from backend.datasets.loading import read_examples
from backend.training.collator import Collator
from backend.training.loading import device, load_adapter, load_base
from benchmarks.peer_side import RESULT, ROWS, SIDES, TASK, Result
from models.base_models import EMBEDDED
from models.configs import RunConfig

MOST_ROWS = 192
FACTORY = "LLaMA-Factory"


def config_of(dtype: str, base_model: str, batch_size: int) -> RunConfig:
    """Return the recipe that every side trains by."""
    return RunConfig(
        dataset="rows", base_model=base_model, batch_size=batch_size, epochs=1, precision=dtype
    )


def command(side: str, folder: Path, factory: str | None, config: RunConfig) -> list[str]:
    """Return the command that trains one side in a folder."""
    if side != FACTORY:
        return [sys.executable, "-m", "benchmarks.peer_side", side, str(folder)]
    columns = {"messages": "messages"}
    tags = {"role_tag": "role", "content_tag": "content"}
    tags |= {f"{role}_tag": role for role in ("user", "assistant", "system")}
    described = {"file_name": ROWS, "formatting": "sharegpt", "columns": columns, "tags": tags}
    (folder / "dataset_info.json").write_text(json.dumps({"rows": described}))
    (folder / "factory.yaml").write_text(json.dumps(_factory_arguments(folder, config)))
    return [str(Path(factory or "").parent / "llamafactory-cli"), "train", f"{folder}/factory.yaml"]


def _factory_arguments(folder: Path, config: RunConfig) -> dict[str, object]:
    return {
        "stage": "sft",
        "do_train": True,
        "model_name_or_path": torch_source(config.base_model),
        "template": "smollm2",
        "dataset_dir": str(folder),
        "dataset": "rows",
        "output_dir": str(folder / "adapter"),
        "finetuning_type": "lora",
        "lora_target": "all",
        "lora_rank": config.rank,
        "lora_alpha": config.alpha,
        "lora_dropout": 0.0,
        "cutoff_len": 2048,
        "per_device_train_batch_size": config.batch_size,
        "gradient_accumulation_steps": 1,
        "num_train_epochs": 1,
        "learning_rate": config.learning_rate,
        "lr_scheduler_type": "linear",
        "seed": config.seed,
        "use_cpu": not torch.cuda.is_available(),
        "bf16": config.precision == "bfloat16",
        "save_strategy": "no",
        "logging_steps": 1,
        "include_num_input_tokens_seen": "all",
        "report_to": "none",
    }


def train(side: str, folder: Path, factory: str | None, config: RunConfig) -> tuple[Result, float]:
    """Train one side and return what it counted and its peak memory in GiB."""
    with (folder / "log").open("w") as log:
        job = subprocess.Popen(command(side, folder, factory, config), stdout=log, stderr=log)
        _, status, usage = os.wait4(job.pid, 0)
    if status:
        raise SystemExit(f"{side} failed:\n{(folder / 'log').read_text()[-2000:]}")
    if side == FACTORY:
        log_lines = json.loads((folder / "adapter" / "trainer_state.json").read_text())
        seconds = json.loads((folder / "adapter" / "train_results.json").read_text())
        result = Result(seconds=seconds["train_runtime"], tokens=log_lines["num_input_tokens_seen"])
    else:
        result = Result(**json.loads((folder / RESULT).read_text()))
    return result, (result.gpu_bytes / 2**30) or (usage.ru_maxrss / 2**20)


def final_loss(adapter: Path, rows: Sequence[TokenRow], config: RunConfig) -> float:
    """Return the rows' loss under a finished adapter, in nats per label, in float32."""
    model = load_adapter(load_base(config.base_model, torch.float32), adapter).eval()
    total, labels = 0.0, 0
    for start in range(0, len(rows), config.batch_size):
        tree = Collator()(rows[start : start + config.batch_size])["trees"][0].to(device())
        with torch.no_grad():
            total -= tree.log_probabilities(model, torch.float32).sum().item()
        labels += len(tree.targets)
    return total / labels


def compare(source: str, factory: str | None, config: RunConfig) -> None:
    """Train every side on one dataset and print what each took."""
    path = Path(source) if source.endswith(".jsonl") else DATA / source / "train.jsonl"
    lines = path.read_text("utf-8").splitlines()[:MOST_ROWS]
    tokenizer = chat_tokenizer(config.base_model)
    found: dict[str, tuple[Result, float, float]] = {}
    for side in [*SIDES, *([FACTORY] if factory else [])]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / ROWS).write_text("".join(line + "\n" for line in lines), "utf-8")
            (folder / TASK).write_text(config.model_dump_json())
            rows = [tokenizer.row(e.as_dicts()) for e in read_examples(folder / ROWS)]
            result, memory = train(side, folder, factory, config)
            found[side] = (result, memory, final_loss(folder / "adapter", rows, config))
    speed = {side: len(rows) / result.seconds for side, (result, _, _) in found.items()}
    best = max((side for side in speed if side != "ours"), key=lambda side: speed[side])
    print(
        f"{path.parent.name}, {config.base_model}, {config.precision}, batch {config.batch_size}, "
        f"{len(rows)} rows: "
        f"{speed['ours'] / speed[best]:.1f} times the best peer's examples/s ({best})"
    )
    least = found["ours"][0].tokens
    for side, (result, memory, loss) in found.items():
        print(
            f"  {side:14} {speed[side]:6.1f} examples/s, {memory:.2f} GiB, {result.tokens:,} "
            f"tokens ({result.tokens / least:.2f} of ours), loss {loss:.3f}",
            flush=True,
        )


def main() -> None:
    """Compare on every dataset named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--llamafactory", help="the Python interpreter of its environment")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="bfloat16")
    parser.add_argument("--base-model", default=EMBEDDED)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--gpu", action="store_true")
    asked = parser.parse_args()
    os.environ["CUDA_VISIBLE_DEVICES"] = "0" if asked.gpu else ""
    for source in asked.datasets:
        config = config_of(asked.dtype, asked.base_model, asked.batch_size)
        compare(source, asked.llamafactory, config)


if __name__ == "__main__":
    main()
