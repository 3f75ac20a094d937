import asyncio
from collections.abc import Coroutine
from typing import Any

from backend.engine.turns import Turns


def play(story: Coroutine[Any, Any, list[str]]) -> list[str]:
    return asyncio.run(story)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def served(turns: Turns, wanted: list[tuple[str, int]]) -> list[str]:
    """Queue requests while every slot is held, then release it and see who comes when."""
    order: list[str] = []

    async def ask(key: str, slots: int) -> None:
        async with turns.turn(key, slots):
            order.append(key)
            await settle()

    async with turns.turn("holder", turns.slots):
        tasks = [asyncio.create_task(ask(key, slots)) for key, slots in wanted]
        await settle()
        assert order == []
    await asyncio.gather(*tasks)
    assert turns.free == turns.slots
    assert turns.waiting == 0
    return order


def test_a_chat_waits_for_one_request_of_an_evaluation_at_most() -> None:
    order = play(served(Turns(1), [("evaluation", 1)] * 64 + [("chat", 1)]))
    assert order.index("chat") == 1
    assert len(order) == 65


def test_a_large_request_is_not_overtaken_for_ever() -> None:
    wanted = [("small", 1), ("large", 4), ("small", 1), ("other", 1)]
    assert play(served(Turns(4), wanted))[:2] == ["small", "large"]


def test_more_slots_than_there_are_is_all_of_them() -> None:
    assert play(served(Turns(2), [("greedy", 100)])) == ["greedy"]


def test_who_gives_up_waiting_leaves_the_line() -> None:
    async def story() -> list[str]:
        turns = Turns(1)
        async with turns.turn("holder"):
            task = asyncio.create_task(turns._wait("gone", 1))
            await settle()
            task.cancel()
            await settle()
            assert turns.waiting == 0
        assert turns.free == 1
        return []

    play(story())


def test_who_gives_up_in_the_moment_of_its_turn_gives_the_slot_back() -> None:
    async def story() -> list[str]:
        turns = Turns(1)
        async with turns.turn("holder"):
            task = asyncio.create_task(turns._wait("gone", 1))
            await settle()
        task.cancel()
        await settle()
        assert turns.free == 1
        return []

    play(story())
