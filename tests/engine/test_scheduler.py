from __future__ import annotations

from support.cores import complete

from engine.messages import Warm
from engine.scheduler import LONGEST_QUEUE, Ahead, Arrival, Read, Scheduler


def arrive(
    request_id: int, *, document: str = "a", prefix: str = "", at_s: float = 0.0, budget_ms: float = 1e6
) -> Arrival:
    return Arrival(complete(request_id, prefix, document=document, budget_ms=budget_ms), at_s)


def warm(prefix: str, document: str = "a") -> Warm:
    return Warm(document=document, prefix=prefix, suffix="")


def test_the_newest_of_a_document_wins() -> None:
    queue, first, second = Scheduler(), arrive(1), arrive(2)
    assert queue.add(first) is None
    assert queue.add(second) is first
    assert queue.next() is second
    assert queue.warm(warm("elsewhere"), beside=False) is second
    assert queue.next() == warm("elsewhere")
    assert queue.add(first) is None
    assert queue.next() is first
    queue.finish(first)
    assert queue.next() is None


def test_a_warm_may_stand_beside_the_complete_of_its_document() -> None:
    queue, request = Scheduler(), arrive(1, prefix="x")
    queue.add(request)
    assert queue.warm(warm("xy"), beside=True) is None
    assert queue.next() is request
    assert queue.cancel(1) is request
    assert queue.next() == warm("xy")


def test_completes_come_before_warms_before_what_is_done_ahead_before_what_is_read_each_in_order() -> None:
    queue, first, second, over = Scheduler(), arrive(1, document="b"), arrive(2, document="c"), arrive(3)
    queue.read(warm("x", "f"))
    queue.add(over)
    queue.finish(over)
    queue.go_on(over.request, cut=True)
    queue.warm(warm("x", "d"), beside=False)
    queue.warm(warm("x", "e"), beside=False)
    queue.add(first)
    queue.add(second)
    for expected in (first, second, warm("x", "e"), warm("x", "d")):
        work = queue.next()
        assert work == expected
        assert work is not None
        queue.finish(work)
    work = queue.next()
    assert isinstance(work, Ahead)
    assert work.request is over.request
    queue.finish(work)
    work = queue.next()
    assert isinstance(work, Read)
    assert work.request == warm("x", "f")
    queue.finish(work)
    assert queue.next() is None


def test_of_many_documents_to_be_read_the_newest_come_first_and_the_oldest_not_at_all() -> None:
    queue = Scheduler()
    documents = [str(number) for number in range(2 * LONGEST_QUEUE)]
    for document in documents:
        queue.warm(warm("x", document), beside=False)
        queue.read(warm("y", f"{document} read"))
    queue.warm(warm("z", documents[-2]), beside=False)
    done = []
    while (work := queue.next()) is not None:
        done.append(work.document)
        queue.finish(work)
    newest_first = documents[: -1 - LONGEST_QUEUE : -1]
    assert done[:LONGEST_QUEUE] == [documents[-2], documents[-1], *newest_first[2:]]
    assert done[LONGEST_QUEUE:] == [f"{document} read" for document in newest_first]


def test_whatever_is_newer_takes_the_place_of_what_is_done_ahead_or_read() -> None:
    over, newer = arrive(1), arrive(2)
    for expected in (newer, warm("y")):
        queue = Scheduler()
        queue.read(over.request)
        queue.go_on(over.request, cut=True)
        if isinstance(expected, Arrival):
            queue.add(expected)
        else:
            queue.warm(expected, beside=False)
        assert queue.next() == expected
        queue.go_on(over.request, cut=True)
        queue.read(over.request)
        queue.finish(expected)
        assert queue.next() is None
    queue.read(over.request)
    queue.go_on(over.request, cut=True)
    queue.forget("a")
    assert queue.next() is None


def test_cancel_and_forget_take_out_what_is_not_answered() -> None:
    queue, first, second = Scheduler(), arrive(1), arrive(2, document="b")
    queue.add(first)
    queue.add(second)
    assert queue.cancel(7) is None
    assert queue.cancel(2) is second
    assert queue.cancel(2) is None
    assert queue.forget("a") is first
    assert queue.forget("a") is None
    queue.warm(warm("x"), beside=False)
    queue.forget("a")
    assert queue.next() is None


def test_what_was_not_started_in_time_expires_and_is_done_later() -> None:
    queue = Scheduler()
    started, late, early = (
        arrive(number, document=document, prefix="x", at_s=1.0, budget_ms=budget_ms)
        for number, document, budget_ms in ((1, "a", 100.0), (2, "b", 100.0), (3, "c", 300.0))
    )
    for arrival in (started, late, early):
        queue.add(arrival)
    assert queue.expire(1.05, started) == []
    assert queue.expire(1.2, started) == [late]
    queue.finish(started)
    assert queue.next() is early
    queue.finish(early)
    work = queue.next()
    assert isinstance(work, Ahead)
    assert work.request is late.request
