"""What `tandem doctor` looks at: each check is a function that gives one finding.

Invariant: a check changes nothing that stays, reaches out to no network unless it is the one that was asked to, and
answers what is wrong with what to do about it.
"""

from __future__ import annotations

import asyncio
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

import msgspec
import psutil

from lsp.errors import TandemLspError
from lsp.headless import start_editor

if TYPE_CHECKING:
    from pathlib import Path

    from engine.config import EngineConfig

State = Literal["ok", "warn", "fail"]

GIGABYTE = 1e9
ROOM_BYTES = 2 * GIGABYTE  # the default model: 491 MB to fetch, its bundle, and both for a while
MEMORY_BYTES = 1.5 * GIGABYTE  # server, engine and the default model
PATIENCE_S = 120.0
_ECHO = "def greet(name):\n    return name\n\n\ndef greet(na"


class Finding(msgspec.Struct, frozen=True):
    """One line of the doctor's report; `advice` says what to do about a warning or failure."""

    check: str
    state: State
    detail: str
    advice: str = ""


class _Device(msgspec.Struct):
    name: str
    available: bool
    reason: str
    description: str


class _Devices(msgspec.Struct):
    devices: list[_Device]


class _Verdict(msgspec.Struct):
    name: str
    problem: str


class _Verdicts(msgspec.Struct):
    models: list[_Verdict]


def check_python() -> Finding:
    """Which Python this is; packaging sees to its version."""
    detail = f"{platform.python_implementation()} {platform.python_version()} on {platform.platform(terse=True)}"
    return Finding("python", "ok", f"{detail}, {sys.executable}")


def check_packages() -> Finding:
    """Whether everything that Tandem depends on is installed."""
    needed = [spec for spec in metadata.requires("tandem-lsp") or [] if "extra ==" not in spec]
    names = [re.split(r"[^\w.-]", spec, maxsplit=1)[0] for spec in needed]
    found = {dist.name.lower().replace("_", "-"): dist.version for dist in metadata.distributions()}
    for variant in [name for name in found if name.startswith("onnxruntime-")]:  # they stand in for it
        found.setdefault("onnxruntime", f"{found[variant]} ({variant})")
    missing = [name for name in names if name.lower() not in found]
    if missing:
        return Finding("packages", "fail", f"missing: {', '.join(missing)}", "Reinstall tandem-lsp.")
    return Finding("packages", "ok", ", ".join(f"{name} {found[name.lower()]}" for name in names))


def check_cache(config: EngineConfig) -> Finding:
    """Whether models can be written where they are kept."""
    try:
        with tempfile.TemporaryFile(dir=_nearest(config.bundles)):
            return Finding("cache folder", "ok", f"{config.bundles} can be written")
    except OSError as error:
        advice = "Make it writable, or choose another with --cache-dir or XDG_CACHE_HOME."
        return Finding("cache folder", "fail", f"{config.bundles} cannot be written: {error.strerror}", advice)


def check_disk(config: EngineConfig) -> Finding:
    """Whether there is room for a model."""
    try:
        free = shutil.disk_usage(_nearest(config.bundles)).free
    except OSError as error:
        advice = "Choose another with --cache-dir or XDG_CACHE_HOME."
        return Finding("disk", "fail", f"{config.bundles} cannot be looked at: {error.strerror}", advice)
    detail = f"{free / GIGABYTE:.1f} GB free"
    if free < ROOM_BYTES:
        advice = f"Fetching the default model needs {ROOM_BYTES / GIGABYTE:.0f} GB: make room, or use smollm2-135m."
        return Finding("disk", "warn", detail, advice)
    return Finding("disk", "ok", detail)


def check_memory() -> Finding:
    """Whether the default model fits into memory."""
    memory = psutil.virtual_memory()
    detail = f"{memory.available / GIGABYTE:.1f} of {memory.total / GIGABYTE:.1f} GB available"
    if memory.available < MEMORY_BYTES:
        return Finding("memory", "warn", detail, "Close something, or use --model smollm2-135m.")
    return Finding("memory", "ok", detail)


def check_devices() -> Finding:
    """Ask the engine what models can run on."""
    _, out, complaint = _run("-P", "-m", "engine", "devices", "--known", "--json")
    try:
        devices = msgspec.json.decode(out, type=_Devices).devices
    except msgspec.DecodeError:
        return Finding("devices", "fail", complaint, "Reinstall tandem-lsp.")
    usable = [device for device in devices if device.available]
    detail = "; ".join(f"{device.name} ({device.description})" for device in usable)
    if all(device.name == "null" for device in usable):
        reasons = "; ".join(device.reason for device in devices if not device.available)
        return Finding("devices", "fail", f"no device can run a model: {reasons}", "Reinstall tandem-lsp.")
    return Finding("devices", "ok", detail)


def check_models(config: EngineConfig) -> Finding:
    """Whether every model that is there is as it was made."""
    arguments = ["--cache-dir", config.cache_dir] if config.cache_dir else []
    _, out, complaint = _run("-P", "-m", "engine", "models", "verify", "--json", *arguments)
    try:
        verdicts = msgspec.json.decode(out, type=_Verdicts).models
    except msgspec.DecodeError:
        sentence = complaint.removeprefix("tandem: ")  # one of ours says itself what to do
        return Finding("models", "fail", sentence, "Reinstall tandem-lsp." if sentence == complaint else "")
    broken = [verdict for verdict in verdicts if verdict.problem]
    if broken:
        names = " ".join(verdict.name for verdict in broken)
        return Finding("models", "fail", broken[0].problem, f"Mend it with `tandem models pull {names}`.")
    if not verdicts:
        return Finding("models", "warn", "none yet", "`tandem models pull` fetches one; so does the first use.")
    return Finding("models", "ok", f"{', '.join(verdict.name for verdict in verdicts)}: every file has its hash")


def check_server() -> Finding:
    """Whether server and engine start and answer, with a device that needs no model."""
    try:
        return asyncio.run(_ask_null())
    except (TandemLspError, TimeoutError) as error:
        problem = str(error) or f"not ready within {PATIENCE_S:.0f} s"
        return Finding("server and engine", "fail", problem, "Run `tandem serve --log-level debug` to see more.")


def check_network() -> Finding:
    """Whether the user's package index, one of the places that models come from, can be reached."""
    code, _, complaint = _run("-P", "-m", "pip", "index", "versions", "pip", "--disable-pip-version-check")
    if code:
        return Finding("package index", "warn", complaint, "Check pip's settings (`pip config list`) and your proxy.")
    return Finding("package index", "ok", "answers, with pip's own settings")


async def _ask_null() -> Finding:
    async with asyncio.timeout(PATIENCE_S), start_editor(["--device", "null"]) as editor:
        await editor.ready(lambda _: None)
        document = editor.open(PurePath(tempfile.gettempdir(), "doctor.py"), _ECHO)
        answer = await document.ask(len(_ECHO), invoked=True).answer
        last = (await editor.status()).last
    if not answer.text:
        detail = f"no suggestion where there must be one ({last.reason if last else 'no reason given'})"
        return Finding("server and engine", "fail", detail, "Reinstall tandem-lsp.")
    times = f"initialize {editor.initialize_ms:.0f} ms, request to answer {answer.ms:.0f} ms"
    return Finding("server and engine", "ok", times)


def _nearest(folder: Path) -> Path:
    """Find the innermost folder that exists, on the way to one that may not."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _run(*arguments: str) -> tuple[int, str, str]:
    """Run a Python program; give exit code, output, and the last line of its complaint."""
    command = [sys.executable, *arguments]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return 1, "", f"no answer within {PATIENCE_S:.0f} s"
    lines = ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"]
    return ran.returncode, ran.stdout, lines[-1]
