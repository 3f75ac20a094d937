"""The budget for hosted models: what was spent, what is reserved, and what would exceed it."""

from sqlmodel import Session, col, func, select

from backend.config import settings
from backend.db import lock_table, session
from backend.errors import UserError
from backend.hosted.prices import HostedModel
from models.tables import Spending


def spent() -> float:
    """Return the dollars that are spent or booked, as far as prices are known."""
    with session() as db:
        return _spent(db)


def _spent(db: Session) -> float:
    return float(db.exec(select(func.sum(col(Spending.dollars)))).one() or 0.0)


def cost_text(
    dollars: float | None, model: str, details: str = "", prices: str = "input/output"
) -> str:
    """Return in words what something costs at most, and how much of the budget is spent.

    Args:
        dollars: The most that it can cost; None if the price is not known.
        model: The hosted model.
        details: What the cost is for, following the amount.
        prices: The prices that HOSTED_MODELS has to name.
    """
    if dollars is None:
        return (
            f"Its price is not known; add it to HOSTED_MODELS as {model}={prices} dollars per "
            "million tokens."
        )
    budget = settings().hosted_budget
    limit = f" of ${budget:.2f}" if budget is not None else ", no budget is set"
    return f"At most ${dollars:.2f}{details}; spent or reserved so far: ${spent():.2f}{limit}."


def check_budget(model: HostedModel, dollars: float | None, db: Session) -> None:
    """Refuse a request that could exceed the budget.

    Args:
        model: The model that is asked.
        dollars: The most that the request can cost.
        db: The transaction in which that is booked already.

    Raises:
        UserError: the budget would be exceeded, or can't be enforced because a price is missing.
    """
    budget = settings().hosted_budget
    if budget is None:
        return
    if dollars is None:
        raise UserError(
            f"There is a budget, but no price for {model.name}; add it to HOSTED_MODELS as "
            f"{model.name}=input/output dollars per million tokens, or set JUDGE_PRICES."
        )
    used = _spent(db) - dollars
    if used + dollars > budget:
        raise UserError(
            f"The budget for hosted models, ${budget:.2f}, is used up: ${used:.2f} are spent or "
            f"reserved, and this request could cost ${dollars:.4f}. Raise HOSTED_BUDGET to "
            "continue."
        )


def check_training(model: HostedModel, dollars: float | None, used: float | None = None) -> None:
    """Refuse a training that could exceed the budget.

    Args:
        model: The model that is trained.
        dollars: The most that the training can cost.
        used: What else is spent or reserved; None means all that the database holds.

    Raises:
        UserError: the budget would be exceeded, or can't be enforced because a price is missing.
    """
    budget = settings().hosted_budget
    if budget is None:
        return
    if dollars is None:
        raise UserError(
            f"There is a budget, but no training price for {model.name}; add it to HOSTED_MODELS "
            f"as {model.name}=input/output/training dollars per million tokens."
        )
    used = spent() if used is None else used
    if used + dollars > budget:
        raise UserError(
            f"The budget for hosted models, ${budget:.2f}, is too small: ${used:.2f} are spent or "
            f"reserved, and this training could cost ${dollars:.2f}. Raise HOSTED_BUDGET or train "
            "for fewer epochs."
        )


def reserve(model: HostedModel, dollars: float | None, purpose: str) -> None:
    """Book the highest cost of a training before it starts; booked once if called again.

    Raises:
        UserError: the budget would be exceeded; nothing is booked.
    """
    with session() as db:
        # In one transaction, so that two trainings at once each see the other's booking.
        lock_table(db, Spending)
        row = db.exec(select(Spending).where(Spending.purpose == purpose)).first()
        row = row or Spending(model=model.name, input_tokens=0, output_tokens=0, purpose=purpose)
        row.dollars = dollars
        db.add(row)
        db.flush()
        check_training(model, dollars, used=_spent(db) - (dollars or 0.0))


def settle(model: HostedModel, reserved: str, purpose: str, tokens: int | None) -> None:
    """Replace a training's reservation by what it has cost; without effect if called again.

    Args:
        model: The model that was trained.
        reserved: The purpose of the reservation.
        purpose: The purpose under which the cost is recorded.
        tokens: The billed tokens; if None, they are not known and the reserved amount stays.
    """
    with session() as db:
        known = col(Spending.purpose).in_((reserved, purpose))
        row = db.exec(select(Spending).where(known)).first()
        if row and tokens == 0:
            db.delete(row)
        elif tokens != 0:
            row = row or Spending(model=model.name, input_tokens=0, output_tokens=0)
            row.purpose = purpose
            if tokens is not None:
                row.input_tokens, row.dollars = tokens, model.training_dollars(tokens)
            db.add(row)
