import asyncio
from collections.abc import Coroutine
from typing import Any

from backend.engine.fair_queue import FairQueue


def play(story: Coroutine[Any, Any, list[str]]) -> list[str]:
    return asyncio.run(story)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def served(queue: FairQueue, wanted: list[tuple[str, int]]) -> list[str]:
    """Queue requests while every slot is held, then release it and see who comes when."""
    order: list[str] = []

    async def ask(key: str, slots: int) -> None:
        async with queue.hold(key, slots):
            order.append(key)
            await settle()

    async with queue.hold("holder", queue.slots):
        tasks = [asyncio.create_task(ask(key, slots)) for key, slots in wanted]
        await settle()
        assert order == []
    await asyncio.gather(*tasks)
    assert queue.free == queue.slots
    assert queue.waiting == 0
    return order


def test_a_chat_waits_for_one_request_of_an_evaluation_at_most() -> None:
    order = play(served(FairQueue(1), [("evaluation", 1)] * 64 + [("chat", 1)]))
    assert order.index("chat") == 1
    assert len(order) == 65


def test_a_large_request_is_not_overtaken_for_ever() -> None:
    wanted = [("small", 1), ("large", 4), ("small", 1), ("other", 1)]
    assert play(served(FairQueue(4), wanted))[:2] == ["small", "large"]


def test_more_slots_than_there_are_is_all_of_them() -> None:
    assert play(served(FairQueue(2), [("greedy", 100)])) == ["greedy"]


def test_who_gives_up_waiting_leaves_the_line() -> None:
    async def story() -> list[str]:
        queue = FairQueue(1)
        async with queue.hold("holder"):
            task = asyncio.create_task(queue._wait("gone", 1))
            await settle()
            task.cancel()
            await settle()
            assert queue.waiting == 0
        assert queue.free == 1
        return []

    play(story())


def test_who_gives_up_in_the_moment_of_its_turn_gives_the_slot_back() -> None:
    async def story() -> list[str]:
        queue = FairQueue(1)
        async with queue.hold("holder"):
            task = asyncio.create_task(queue._wait("gone", 1))
            await settle()
        task.cancel()
        await settle()
        assert queue.free == 1
        return []

    play(story())
