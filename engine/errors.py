"""Everything the engine's packages raise on purpose; each message is a sentence that says what to do.

TandemError
+-- ModelError              a model cannot be had or used
|   +-- UnknownModel        no catalogue entry and no folder of that name
|   +-- FetchError          no source answered, the hash is wrong, or the disk is full
|   +-- BundleError         a bundle is missing a file, truncated, altered, or of a newer format
|   +-- GraphError          weights of an architecture or type that cannot be written as a graph
|   +-- Crowded             there is no memory for it beside the engine that it is to replace
+-- RingError               the shared-memory transport
|   +-- MessageTooLarge     a frame that could never fit the ring
|   +-- RingCorrupt         a frame whose length, sequence number or checksum is wrong
+-- EngineError             the engine process, as its client sees it
    +-- EngineLost          it died or hung while the request was under way
    +-- EngineDown          it is not running (starting, failed for good, or stopped)
"""

from __future__ import annotations


class TandemError(Exception):
    """Base of all errors whose message is meant for the user."""


class ModelError(TandemError):
    """A model cannot be had or used."""


class UnknownModel(ModelError):
    """No catalogue entry and no folder of that name."""


class FetchError(ModelError):
    """No source answered, the hash is wrong, or the disk is full."""


class BundleError(ModelError):
    """A bundle is missing a file, truncated, altered, or of a newer format."""


class GraphError(ModelError):
    """The weights are of an architecture or tensor type that cannot be written as a graph."""


class Crowded(ModelError):
    """There is no memory for the model beside the engine that it is to replace; once that has ended there may be."""


class RingError(TandemError):
    """The shared-memory transport failed."""


class MessageTooLarge(RingError):
    """The frame could never fit the ring, however empty."""


class RingCorrupt(RingError):
    """A frame's length, sequence number or checksum is wrong."""


class EngineError(TandemError):
    """The engine process could not serve the request."""


class EngineLost(EngineError):
    """The engine died or hung while the request was under way."""


class EngineDown(EngineError):
    """The engine is not running: still starting, stopped, or failed for good."""
