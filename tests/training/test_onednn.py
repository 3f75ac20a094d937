"""Packed weights give the products of plain ones, and are only made where they are worth it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from backend.training import onednn
from backend.training.loading import load_for_scoring
from backend.training.onednn import PackedLinear, pack
from models.base_models import EMBEDDED


class Small(nn.Module):
    """Two layers, one of them with a bias."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(64, 96), nn.Linear(96, 32, bias=False)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(rows).relu())


@pytest.fixture
def faster(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    return lambda is_faster: monkeypatch.setattr(onednn, "_is_faster", lambda _: is_faster)


def test_products_are_those_of_the_plain_layers(faster: Callable[[bool], None]) -> None:
    faster(True)
    model, rows = Small(), torch.randn(2, 7, 64)
    with torch.inference_mode():
        plain = model(rows)
        assert pack(model) == 2
        assert isinstance(model.first, PackedLinear)
        assert torch.allclose(model(rows), plain, atol=1e-5)


def test_an_adapter_goes_on_packed_layers_and_off_again(faster: Callable[[bool], None]) -> None:
    faster(True)
    model, rows = Small(), torch.randn(3, 64)
    shape = LoraConfig(r=4, target_modules=["first", "second"], init_lora_weights=False)
    torch.manual_seed(0)
    adapted = get_peft_model(model, shape)
    with torch.inference_mode():
        plain = adapted(rows)
        base = adapted.unload()
        before = base(rows)
        pack(base)
        torch.manual_seed(0)
        adapted = get_peft_model(base, shape)
        assert torch.allclose(adapted(rows), plain, atol=1e-5)
        assert torch.allclose(adapted.unload()(rows), before, atol=1e-5)


def test_what_gains_nothing_or_does_not_fit_stays_plain(
    faster: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    faster(False)
    assert pack(Small()) == 0
    faster(True)
    assert pack(Small().bfloat16()) == 0
    monkeypatch.setattr(onednn, "free_bytes", lambda _: 1000)
    assert pack(Small()) == 0


def test_the_embedded_model_is_scored_alike_either_way(
    home: Path, faster: Callable[[bool], None]
) -> None:
    ids = torch.tensor([[1, 504, 253, 198, 28]])
    with torch.inference_mode():
        faster(False)
        plain = load_for_scoring(EMBEDDED)(input_ids=ids).logits
        faster(True)
        packed = load_for_scoring(EMBEDDED)(input_ids=ids).logits
    assert torch.allclose(packed, plain, atol=1e-3)
