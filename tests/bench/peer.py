"""The peer: llama.cpp's own server on the same weights, built here from the source distribution of llama-cpp-python.

    PYTHONPATH=tests .venv/bin/python tests/bench/peer.py FOLDER     builds it, or finds it built

Invariant: what is built is what the hash pins; the server listens on 127.0.0.1 only and ends with the context. It gets
the prompt that Tandem's own model gets, as text, and is stopped by Tandem's own rule for where a line or block ends.

It is given its best: its prompt cache, a thread for each core, and before each timed request the state one key before,
untimed. Native flags; on machines with matrix units (AMX) that path of 0.3.36 crashed, so it is left out. So is its own
prompt lookup: at 25 places of the scenes it took more processor time for an answer than none at all (333 ms), with
`ngram-simple` (4 tokens looked up, 8 drafted) 397, `ngram-map-k` 347, `ngram-cache` 441, `--spec-default` 425, and no
less by the clock: a line is too short to win back what wrong or too long drafts cost on two cores.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tarfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil

from engine.stop import natural_end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from engine.messages import Shape
    from engine.models.catalog import Entry

SDIST = "llama_cpp_python-0.3.36.tar.gz"
SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
REQUIREMENT = "llama-cpp-python==0.3.36"
BUILD_TOOLS = ("scikit-build-core", "cmake<5", "ninja")
FLAGS = (
    *("-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DGGML_AMX_TILE=OFF", "-DGGML_AMX_INT8=OFF"),
    *("-DLLAMA_CURL=OFF", "-DLLAMA_OPENSSL=OFF", "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF"),
    *("-DLLAMA_BUILD_UI=OFF", "-DLLAMA_USE_PREBUILT_UI=OFF", "-DBUILD_SHARED_LIBS=OFF"),
)
CONTEXT_TOKENS = 2048
START_S = 60.0


class Reply(NamedTuple):
    """What the peer said, up to where Tandem would have stopped: after how long, and for how much processor time.

    `whole` if that was its natural end and not the limit of tokens.
    """

    text: str
    ms: float
    cpu_ms: float
    whole: bool


def build(folder: Path) -> Path:
    """Give the server's executable, built into the folder unless it is there. Raises CalledProcessError, ValueError."""
    server = folder / "build" / "bin" / "llama-server"
    if server.exists():
        return server
    folder.mkdir(parents=True, exist_ok=True)
    venv.create(folder / "venv", with_pip=True)
    bin_folder = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [str(bin_folder / "python"), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", *BUILD_TOOLS], check=True, stdout=sys.stderr)
    options = ("--no-deps", "--no-build-isolation", "--no-binary", "llama-cpp-python", "--dest", str(folder))
    subprocess.run([*pip, "download", *options, REQUIREMENT], check=True, stdout=sys.stderr)
    if hashlib.sha256((folder / SDIST).read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{folder / SDIST} is not the file that was pinned: remove it and try again.")
    with tarfile.open(folder / SDIST) as archive:
        archive.extractall(folder, filter="data")
    source = folder / SDIST.removesuffix(".tar.gz") / "vendor" / "llama.cpp"
    tools = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    configure = ["cmake", "-G", "Ninja", "-S", str(source), "-B", str(folder / "build"), *FLAGS]
    for command in (configure, ["ninja", "-C", str(folder / "build"), "llama-server"]):
        subprocess.run(command, check=True, env=tools, stdout=sys.stderr)
    return server


class Peer:
    """A running server, and the prompts of one model for it."""

    def __init__(self, port: int, entry: Entry, pid: int) -> None:
        self.pid = pid
        self._port = port
        self._entry = entry
        self._process = psutil.Process(pid)

    async def prepare(self, prefix: str, suffix: str) -> Reply:
        """Let it read a prompt, as it would have at the key before."""
        return await asyncio.to_thread(self._ask, prefix, suffix, "line", 0)

    async def complete(self, prefix: str, suffix: str, shape: Shape, max_tokens: int) -> Reply:
        """Ask, and stop it where Tandem would."""
        return await asyncio.to_thread(self._ask, prefix, suffix, shape, max_tokens)

    def _ask(self, prefix: str, suffix: str, shape: Shape, max_tokens: int) -> Reply:
        form = self._entry.prompt
        prompt = "".join((*form.opening, suffix, *form.middle, prefix))
        wish = {"prompt": prompt, "n_predict": max_tokens, "temperature": 0, "cache_prompt": True, "stream": True}
        before, text, whole = prefix[prefix.rfind("\n") + 1 :], "", False
        used_s, started = self._cpu_s(), time.perf_counter()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            connection.request("POST", "/completion", json.dumps(wish), {"Content-Type": "application/json"})
            for line in connection.getresponse():
                if not line.startswith(b"data: "):
                    continue
                piece = json.loads(line[6:])
                text += piece.get("content", "")
                whole = piece.get("stop_type") == "eos"
                if (ending := natural_end(shape, before, text)) is not None:
                    text, whole = ending.text, True
                    break
        ms = 1e3 * (time.perf_counter() - started)
        return Reply(text, ms, 1e3 * (self._cpu_s() - used_s), whole)

    def _cpu_s(self) -> float:
        used = self._process.cpu_times()
        return used.user + used.system


@contextlib.asynccontextmanager
async def serving(server: Path, weights: Path, entry: Entry, options: Sequence[str] = ()) -> AsyncIterator[Peer]:
    """Start the server; it ends with the context. Raises TimeoutError."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    command = [
        str(server),
        "--model",
        str(weights),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--threads",
        str(threads),
    ]
    command += ["--ctx-size", str(CONTEXT_TOKENS), "--parallel", "1", "--log-disable", "--offline", *options]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    peer = Peer(port, entry, process.pid)
    try:
        async with asyncio.timeout(START_S):
            await asyncio.to_thread(_wait_for, port, process)
        yield peer
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _wait_for(port: int, process: asyncio.subprocess.Process) -> None:
    while process.returncode is None and not _is_up(port):
        time.sleep(0.1)


def _is_up(port: int) -> bool:
    try:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/health")
            return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(sys.argv[1]))}\n")
