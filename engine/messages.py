"""Every message between server and engine: tagged msgspec structs, encoded as MessagePack, nothing else.

Invariant: each `Complete` is answered by exactly one `Completed` or `Failed` with its id, unless the engine dies,
in which case the client answers in its place. `Warm`, `Cancel` and `Forget` are never answered.

Times are relative (milliseconds from receipt): the two processes share no clock.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

Shape = Literal["line", "block"]
"""What to complete: the rest of one line, or lines until the scope of the cursor's line closes."""

Stop = Literal["end", "line", "block", "length", "repeat", "deadline", "cancelled"]
"""Why a completion ended.

end: the model said so; line, block: the natural end of the shape; length: the token limit; repeat: the model was
going round in circles; deadline: the longest whole piece so far; cancelled: superseded or called off (text is empty).
"""

NATURAL_STOPS: frozenset[Stop] = frozenset({"end", "line", "block"})


class Near(msgspec.Struct, frozen=True):
    """What stands nearest to a cursor: the prefix from `start` on, the suffix up to `end`."""

    start: int
    end: int


class Excerpt(msgspec.Struct, frozen=True):
    """Lines of one place that the model reads before the window; `path` is its file's, from the workspace's root on."""

    path: str
    text: str


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """What the model reads before the window: the project's name, excerpts in this order, and the path of its file.

    Where they are too much, the first excerpts are left out. A model that was not trained on several files reads none.
    """

    project: str = ""
    path: str = ""
    excerpts: tuple[Excerpt, ...] = ()


NO_BACKGROUND = Background()


class Frame(NamedTuple):
    """What stays the same while text is typed: all that the model reads before the prefix."""

    background: Background
    suffix: str


class Complete(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Ask for what should stand at the cursor, between `prefix` and `suffix`.

    `document` is an opaque key: a newer Complete for the same key supersedes an older one. `prefix` should begin at an
    anchor that moves in hops, so that typing only appends to it. `cold_budget_ms`, where it is more, holds when most of
    the prompt has yet to be read; `near`, where given, is then read in its place, and all of it later. Another
    `background` than before costs reading all of it anew. The client numbers the requests. Of `candidates` the first is
    the answer; the others are what the model nearly said, as many as the budget allows.

    When it is answered the engine goes on, as long as nothing else is to be done: to the natural end, if the answer was
    cut short, then with `ahead` lines of what would follow an accept; then it reads what was left out, and the prefix
    without its first `hop` characters, if the anchor will soon move on by as many.
    """

    id: int = 0
    document: str
    prefix: str
    suffix: str
    shape: Shape
    budget_ms: float
    max_tokens: int
    cold_budget_ms: float = 0.0
    near: Near | None = None
    ahead: int = 0
    hop: int = 0
    candidates: int = 1
    background: Background = NO_BACKGROUND

    @property
    def frame(self) -> Frame:
        """What is read before the prefix."""
        return Frame(self.background, self.suffix)


class Warm(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Prepare for a Complete that is expected: fill the cache and, where a shape is given, begin to decode.

    It supersedes the document's older Complete, unless the text that is being generated for that one leads here.
    `near`, `hop` and `background` are as in a Complete.
    """

    document: str
    prefix: str
    suffix: str
    shape: Shape | None = None
    max_tokens: int = 0
    near: Near | None = None
    hop: int = 0
    background: Background = NO_BACKGROUND

    @property
    def frame(self) -> Frame:
        """What is read before the prefix."""
        return Frame(self.background, self.suffix)


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Call off the Complete of that id; it is answered as cancelled, within one step."""

    id: int


class Forget(msgspec.Struct, frozen=True, tag=True):
    """The document was closed: drop what is cached for it."""

    document: str


class Ping(msgspec.Struct, frozen=True, tag=True):
    """Are you alive? Answered between two steps."""

    id: int


Request = Complete | Warm | Cancel | Forget | Ping


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    """Where a completion's time went, in wall milliseconds unless the name says otherwise.

    `device_ms` is the part of prefill and decode that the device's steps took. `simulated_ms` is on the device's own
    clock, if it simulates one, and never a part of the others: what all the steps took that the answer came from, those
    that were done ahead of the request too.
    """

    queue_ms: float = 0.0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0
    device_ms: float = 0.0
    steps: int = 0
    prefilled_tokens: int = 0
    cached_tokens: int = 0
    simulated_ms: float | None = None


class Alternative(msgspec.Struct, frozen=True):
    """Another text for the cursor; `tokens` and `confidence` are those of all of it, as in a Completed."""

    text: str
    tokens: int
    stop: Stop
    confidence: float


class Completed(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The answer to a Complete: text to insert at the cursor, possibly empty.

    `tokens` were generated for it; `confidence` is the geometric mean of their probabilities, 0 to 1, and
    `log_probabilities` are the natural logarithms of those that show, `token_ends` the characters of the text up to the
    end of each. `others` come in the order of their whole probability; none is empty, a beginning of another text, or
    the same but for white space.
    """

    id: int
    text: str
    tokens: int
    stop: Stop
    confidence: float
    timings: Timings
    others: tuple[Alternative, ...] = ()
    log_probabilities: tuple[float, ...] = ()
    token_ends: tuple[int, ...] = ()


class Grown(msgspec.Struct, frozen=True, tag=True):
    """What a Complete that was cut short by its deadline would have been answered with; nobody waits for it."""

    completed: Completed


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A Complete could not be served; the engine lives on."""

    id: int
    reason: str


class Loading(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The engine is on its way: a stage (download, export, verify, load) and how much of it is done."""

    stage: str
    done: int = 0
    total: int = 0
    unit: Literal["bytes", "tensors", "steps"] = "steps"


class Ready(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The engine can complete. `step_ms` is the measured cost of decoding one token; `note` is for the user.

    `simulated_step_ms` is what the same step takes on the device's own clock, where it simulates one.
    """

    model: str
    device: str
    threads: int
    context: int
    step_ms: float
    simulated_step_ms: float | None = None
    note: str = ""


class Broken(msgspec.Struct, frozen=True, tag=True):
    """The engine cannot start and says why; it exits after this.

    `crowded` where it may be able to once the engine that it is to replace has ended.
    """

    reason: str
    crowded: bool = False


class Pong(msgspec.Struct, frozen=True, tag=True):
    """The answer to a Ping."""

    id: int


Event = Completed | Grown | Failed | Loading | Ready | Broken | Pong

_encoder = msgspec.msgpack.Encoder()
_request_decoder: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_event_decoder: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


def encode(message: Request | Event) -> bytes:
    """Encode one message as the payload of one frame."""
    return _encoder.encode(message)


def decode_request(frame: bytes | memoryview) -> Request:
    """Decode a frame from the requests ring. Raises msgspec.ValidationError or msgspec.DecodeError."""
    return _request_decoder.decode(frame)


def decode_event(frame: bytes | memoryview) -> Event:
    """Decode a frame from the events ring. Raises msgspec.ValidationError or msgspec.DecodeError."""
    return _event_decoder.decode(frame)
