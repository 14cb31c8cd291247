from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages import (
    Alternative,
    Broken,
    Cancel,
    Complete,
    Completed,
    Event,
    Failed,
    Forget,
    Loading,
    Ping,
    Pong,
    Ready,
    Request,
    Stop,
    Timings,
    Warm,
    decode_event,
    decode_request,
    encode,
)

ids = st.integers(0, 2**63 - 1)
counts = st.integers(0, 2**31)
ms = st.floats(0, 1e9)
text = st.text()

requests: st.SearchStrategy[Request] = st.one_of(
    st.builds(
        Complete,
        id=ids,
        document=text,
        prefix=text,
        suffix=text,
        shape=st.sampled_from(["line", "block"]),
        budget_ms=ms,
        max_tokens=counts,
        candidates=counts,
    ),
    st.builds(Warm, document=text, prefix=text, suffix=text),
    st.builds(Cancel, id=ids),
    st.builds(Forget, document=text),
    st.builds(Ping, id=ids),
)
timings = st.builds(
    Timings,
    queue_ms=ms,
    prefill_ms=ms,
    decode_ms=ms,
    steps=counts,
    prefilled_tokens=counts,
    cached_tokens=counts,
    simulated_ms=st.none() | ms,
)
stops: st.SearchStrategy[Stop] = st.sampled_from(["end", "line", "block", "length", "repeat", "deadline", "cancelled"])
others = st.builds(Alternative, text=text, tokens=counts, stop=stops, confidence=st.floats(0, 1))
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        Completed,
        id=ids,
        text=text,
        tokens=counts,
        stop=stops,
        confidence=st.floats(0, 1),
        timings=timings,
        others=st.lists(others, max_size=3).map(tuple),
    ),
    st.builds(Failed, id=ids, reason=text),
    st.builds(Loading, stage=text, done=counts, total=counts, unit=st.sampled_from(["bytes", "tensors", "steps"])),
    st.builds(Ready, model=text, device=text, threads=counts, context=counts, step_ms=ms, note=text),
    st.builds(Broken, reason=text),
    st.builds(Pong, id=ids),
)


@given(requests)
def test_a_request_arrives_as_it_was_sent(request: Request) -> None:
    assert decode_request(encode(request)) == request


@given(events)
def test_an_event_arrives_as_it_was_sent(event: Event) -> None:
    assert decode_event(encode(event)) == event


@given(st.binary(max_size=60))
def test_what_is_no_message_is_refused(frame: bytes) -> None:
    for decode in (decode_request, decode_event):
        try:
            message = decode(frame)
        except msgspec.DecodeError:
            continue
        assert decode(encode(message)) == message


def test_the_two_directions_do_not_mix() -> None:
    with pytest.raises(msgspec.ValidationError, match="Invalid value 'Pong'"):
        decode_request(encode(Pong(1)))
    with pytest.raises(msgspec.ValidationError, match="Invalid value 'Ping'"):
        decode_event(encode(Ping(1)))
