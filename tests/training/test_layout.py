"""Every layout gives the loss and the gradients of the padded batch, or is not taken."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, MambaConfig, MambaForCausalLM

from backend.base_models.tokenizer import TokenRow
from backend.training import attention
from backend.training.layout import Layout, lay_out, token_tree
from backend.training.layout_choice import choose_layout

ROWS = [[1, 5, 6, 7, 8, 9], [1, 5, 6, 7, 10], [1, 5, 6, 11, 12, 13, 14], [2, 5, 6]]
TRAINED = [[i >= 3 for i in range(len(row))] for row in ROWS[:3]] + [[False, True, True]]


@pytest.fixture
def model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        attn_implementation="token_tree",
    )
    return LlamaForCausalLM(config)


def padded_loss(model: LlamaForCausalLM) -> torch.Tensor:
    width = max(len(row) for row in ROWS)
    ids = torch.zeros(len(ROWS), width, dtype=torch.long)
    labels = torch.full_like(ids, -100)
    seen = torch.zeros_like(ids)
    for i, (row, flags) in enumerate(zip(ROWS, TRAINED, strict=True)):
        ids[i, : len(row)] = torch.tensor(row)
        seen[i, : len(row)] = 1
        labels[i, : len(row)] = torch.tensor(
            [t if f else -100 for t, f in zip(row, flags, strict=True)]
        )
    return model(input_ids=ids, attention_mask=seen, labels=labels).loss


def laid_out_loss(model: LlamaForCausalLM, layout: Layout) -> torch.Tensor:
    trees = lay_out(ROWS, TRAINED, layout)
    return -torch.cat([tree.log_probabilities(model, torch.float32) for tree in trees]).mean()


@pytest.mark.parametrize("layout", ["tree", "packed", "apart"])
@pytest.mark.parametrize("long", [8, 512])
def test_loss_and_gradients_equal_those_of_the_padded_batch(
    model: LlamaForCausalLM, layout: Layout, long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "LONG", long)
    monkeypatch.setattr(attention, "LENGTH", 3)
    loss = laid_out_loss(model, layout)
    loss.backward()
    ours = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad()
    plain = padded_loss(model)
    plain.backward()
    assert loss.item() == pytest.approx(plain.item(), rel=1e-5)
    for name, parameter in model.named_parameters():
        difference = (ours[name] - parameter.grad).norm() / parameter.grad.norm()
        assert difference < 1e-5, name


def test_each_shared_token_is_computed_once() -> None:
    tree = token_tree(ROWS, TRAINED)
    prefixes = {tuple(row[:end]) for row in ROWS for end in range(1, len(row))}
    assert tree.input_ids.shape == (1, len(prefixes))
    assert len(tree.targets) == sum(map(sum, TRAINED))
    assert len(tree.sources) == len(tree.sources.unique()) < len(tree.targets)


def test_a_tree_is_cut_into_pieces_that_see_all_that_they_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attention, "LONG", 8)
    monkeypatch.setattr(attention, "LENGTH", 4)
    mask = token_tree(ROWS, TRAINED).mask
    assert mask is not None
    pieces = attention.pieces_of(mask, torch.float32)
    seen = torch.zeros_like(mask)
    for piece in pieces:
        seen[:, :, piece.tokens, piece.keys] = piece.bias == 0
    assert len(pieces) == 3
    assert seen.equal(mask)


def test_a_model_with_attention_takes_the_tree(model: LlamaForCausalLM) -> None:
    assert choose_layout(model, token_rows(), torch.float32) == "tree"


def test_a_recurrent_model_takes_each_row_apart() -> None:
    shape = {"vocab_size": 32, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}
    model = MambaForCausalLM(MambaConfig(**shape))
    assert choose_layout(model, token_rows(), torch.float32) == "apart"


def test_a_model_that_cannot_read_the_mask_takes_packed_rows(
    model: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = model.forward
    deaf = lambda attention_mask=None, **inputs: forward(**inputs)  # noqa: E731
    monkeypatch.setattr(model, "forward", deaf)
    assert choose_layout(model, token_rows(), torch.float32) == "packed"


def token_rows() -> list[TokenRow]:
    return [TokenRow(ids=i, trained=t) for i, t in zip(ROWS, TRAINED, strict=True)]
