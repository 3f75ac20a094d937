"""Speed of other libraries: `python -m benchmarks.peers [--llamafactory PYTHON] DATASET ...`.

All sides train on the same machine with the same rows, seed, dtype and hyperparameters and about as
many steps, each in its own process: ours, the plain `transformers.Trainer`, TRL's `SFTTrainer`
(padded and packed; needs `pip install trl==1.16.0`) and the command line of LLaMA-Factory
(`pip install llamafactory==0.9.5` in a virtual environment whose interpreter is PYTHON). DATASET is
the id of a dataset, or the `rows.jsonl` of a run for diluted rows.

With --gpu all sides train on the first NVIDIA GPU, and memory is what they allocate there. The
script reports examples per second over all steps, peak memory, computed tokens relative to ours,
and the final adapter's loss on the rows, which is always computed by our code in float32.
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

MAX_ROWS = 192
FACTORY = "LLaMA-Factory"


def config_of(dtype: str, base_model: str, batch_size: int) -> RunConfig:
    """Return the recipe of every side."""
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
    description = {"file_name": ROWS, "formatting": "sharegpt", "columns": columns, "tags": tags}
    (folder / "dataset_info.json").write_text(json.dumps({"rows": description}))
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
    """Train one side and return its measurements and its peak memory in GiB."""
    with (folder / "log").open("w") as log:
        job = subprocess.Popen(command(side, folder, factory, config), stdout=log, stderr=log)
        _, status, usage = os.wait4(job.pid, 0)
    if status:
        raise SystemExit(f"{side} failed:\n{(folder / 'log').read_text()[-2000:]}")
    if side == FACTORY:
        state = json.loads((folder / "adapter" / "trainer_state.json").read_text())
        summary = json.loads((folder / "adapter" / "train_results.json").read_text())
        result = Result(seconds=summary["train_runtime"], tokens=state["num_input_tokens_seen"])
    else:
        result = Result(**json.loads((folder / RESULT).read_text()))
    return result, (result.gpu_bytes / 2**30) or (usage.ru_maxrss / 2**20)


def final_loss(adapter: Path, rows: Sequence[TokenRow], config: RunConfig) -> float:
    """Return a finished adapter's loss on the rows, in nats per label, in float32."""
    model = load_adapter(load_base(config.base_model, torch.float32), adapter).eval()
    total, labels = 0.0, 0
    for start in range(0, len(rows), config.batch_size):
        tree = Collator()(rows[start : start + config.batch_size])["trees"][0].to(device())
        with torch.no_grad():
            total -= tree.log_probabilities(model, torch.float32).sum().item()
        labels += len(tree.targets)
    return total / labels


def compare(source: str, factory: str | None, config: RunConfig) -> None:
    """Train every side on one dataset and print the measurements."""
    path = Path(source) if source.endswith(".jsonl") else DATA / source / "train.jsonl"
    lines = path.read_text("utf-8").splitlines()[:MAX_ROWS]
    tokenizer = chat_tokenizer(config.base_model)
    results: dict[str, tuple[Result, float, float]] = {}
    for side in [*SIDES, *([FACTORY] if factory else [])]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / ROWS).write_text("".join(line + "\n" for line in lines), "utf-8")
            (folder / TASK).write_text(config.model_dump_json())
            rows = [tokenizer.row(e.as_dicts()) for e in read_examples(folder / ROWS)]
            result, memory = train(side, folder, factory, config)
            results[side] = (result, memory, final_loss(folder / "adapter", rows, config))
    speed = {side: len(rows) / result.seconds for side, (result, _, _) in results.items()}
    best = max((side for side in speed if side != "ours"), key=lambda side: speed[side])
    recipe = f"{config.base_model}, {config.precision}, batch {config.batch_size}"
    ratio = speed["ours"] / speed[best]
    print(f"{path.parent.name}, {recipe}, {len(rows)} rows: ", end="")
    print(f"{ratio:.1f} times the best peer's examples/s ({best})")
    ours = results["ours"][0].tokens
    for side, (result, memory, loss) in results.items():
        print(
            f"  {side:14} {speed[side]:6.1f} examples/s, {memory:.2f} GiB, {result.tokens:,} "
            f"tokens ({result.tokens / ours:.2f} of ours), loss {loss:.3f}",
            flush=True,
        )


def main() -> None:
    """Compare on every named dataset."""
    parser = argparse.ArgumentParser()
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--llamafactory", help="the Python interpreter of its environment")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="bfloat16")
    parser.add_argument("--base-model", default=EMBEDDED)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--gpu", action="store_true")
    arguments = parser.parse_args()
    os.environ["CUDA_VISIBLE_DEVICES"] = "0" if arguments.gpu else ""
    for source in arguments.datasets:
        config = config_of(arguments.dtype, arguments.base_model, arguments.batch_size)
        compare(source, arguments.llamafactory, config)


if __name__ == "__main__":
    main()
