"""A graphics card, by the ONNX Runtime provider that is installed for it.

Invariant: a model is handed out only when the provider has taken every node of it, and has computed a text in several
ways with the same result; ONNX Runtime by itself would go on with the processor and say so in its log.

None of this has run on a card: on machines without one, all but the provider's own kernels is tested with the
processor's in their place.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hardware.device import DeviceSpec, ModelRefused
from hardware.gpu_model import GpuModel
from hardware.graph import open_session, pasts
from hardware.proof import prove
from hardware.providers import find
from hardware.runtime import VERSION, SessionOptions

if TYPE_CHECKING:
    from hardware.device import ModelSpec
    from hardware.nvidia import Card
    from hardware.providers import Provider
    from hardware.runtime import InferenceSession

FATAL_ONLY = 4  # errors are raised, with the same words
PROCESSOR = "CPUExecutionProvider"
"""What ONNX Runtime leaves to it is what no other provider has taken, without a word."""
_LEFT_OVER = "assigned to the default CPU EP"
"""What its error says where that is forbidden."""

logger = logging.getLogger(__name__)


class GpuDevice:
    """The first graphics card that a provider can use. Raises DeviceUnavailable where there is none."""

    def __init__(self) -> None:
        self._provider, card = find()
        self.spec = _spec(self._provider, card)

    def open(self, model: ModelSpec) -> GpuModel:
        """Load a graph of float16 onto the device, and warm it up. Raises ModelRefused."""
        return open_on(self._provider, model)


def open_on(provider: Provider, model: ModelSpec) -> GpuModel:
    """Load a graph of float16 onto a provider's device; short steps are recorded where it can. Raises ModelRefused."""
    if not provider.captures:
        return _open(provider, model, records=False)
    try:
        return _open(provider, model, records=True)
    except ModelRefused as error:
        reason = str(error)
    # Outside of the handler, which would keep the first session's memory. Raises if it is the model that is at fault.
    opened = _open(provider, model, records=False)
    logger.warning("Steps are not recorded, which makes them longer: %s", reason)
    return opened


def _open(provider: Provider, model: ModelSpec, *, records: bool) -> GpuModel:
    options = provider.options | ({provider.captures: "1"} if records else {})
    session = _open_session(provider, model, options)
    from hardware.copier import Copier  # noqa: PLC0415  loads onnx, which takes longer than all the rest

    try:
        copier = Copier(pasts(model), _session_options(), [(provider.name, provider.options)])
        opened = GpuModel(session, model, copier, memory=provider.memory, records=records)
        prove(opened, provider.title)
    except ModelRefused:
        raise
    except Exception as error:  # ONNX Runtime's errors have no base of their own
        reason = str(error).splitlines()[0]
        raise ModelRefused(f"{provider.title} cannot compute {model.name} ({reason}): use --device cpu.") from error
    return opened


def _open_session(provider: Provider, model: ModelSpec, options: dict[str, str]) -> InferenceSession:
    """Load a graph all of whose nodes the provider takes. Raises ModelRefused.

    CUDA's leaves nodes to the processor that compute shapes from shapes: a graph of Tandem's has none.
    """
    strict = _session_options()
    if provider.name != PROCESSOR:
        strict.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    try:
        return open_session(model, strict, [(provider.name, options)], half=True)
    except ModelRefused as error:
        if _LEFT_OVER not in str(error):
            raise
        raise ModelRefused(
            f"{provider.title} does not take all of {model.name}, and the processor would compute the rest: "
            "use --device cpu."
        ) from error


def _session_options() -> SessionOptions:
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = FATAL_ONLY
    # Step lengths vary: a memory pattern would be kept for each, and DirectML takes none.
    options.enable_mem_pattern = False
    return options


def _spec(provider: Provider, card: Card | None) -> DeviceSpec:
    runtime = f"ONNX Runtime {VERSION}, {provider.title}"
    description = f"{card.name}, {card.memory_bytes / 1e9:.0f} GB; {runtime}" if card else runtime
    memory_bytes = card.memory_bytes if card else 0
    return DeviceSpec("gpu", description, threads=1, memory_bytes=memory_bytes, half=True, processor=False)
