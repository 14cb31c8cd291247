"""What the user can set, from the command line and from the editor, and what happens to a value that cannot be.

Invariant: resolving never fails. Whatever the editor sends, every setting has a valid value, and each value that was
not taken is named in one sentence.

The editor's settings come as `initializationOptions`, under the key "tandem" of `workspace/didChangeConfiguration`, or
are asked for with `workspace/configuration`, section "tandem"; names are in camelCase there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, get_args

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTION = "tandem"
Power = Literal["eco", "balanced", "eager"]
Trigger = Literal["automatic", "manual"]
Source = Literal["path", "imports", "scopes", "imported", "recent", "clipped"]
SOURCES: tuple[Source, ...] = get_args(Source)
Eagerness = Literal["quiet", "balanced", "eager", "everything", "nothing"]
LogLevel = Literal["debug", "info", "warning", "error"]
PATIENT_MS = 60_000
"""Who gives a request this long, the longest there is, gets what the model says to all of the window, and all that can
be found for it: speed is no reason then to read the nearest lines in its place, or to stop looking."""
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=PATIENT_MS)]
# A glob is matched with every document's path, while the loop waits: longer ones are no names of files.
Patterns = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=200)], ...], msgspec.Meta(max_length=1000)]
Name = Annotated[str, msgspec.Meta(max_length=4096)]
Characters = Annotated[int, msgspec.Meta(ge=0, le=20_000)]

_unwritable = re.compile("[\0\ud800-\udfff]")  # what JSON can say, and no name, path or argument of a program can

SECRETS = (
    ".env",
    ".env.*",
    "*.env",
    ".envrc",
    "*.pem",
    "*.key",
    "*.ppk",
    "*.p8",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keytab",
    "*.keystore",
    "*.kdbx",
    "*.asc",
    "*.gpg",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".mylogin.cnf",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    ".git-credentials",
    ".git/config",
    ".vault-token",
    ".terraformrc",
    ".dockercfg",
    ".s3cfg",
    ".boto",
    ".*_history",
    "rclone.conf",
    "kubeconfig",
    "service[-_]account*.json",
    "credentials",
    "credentials.json",
    "credentials.xml",
    "credentials.toml",
    "credentials.y*ml",
    "credentials.tfrc.json",
    "secret.json",
    "secret.toml",
    "secret.y*ml",
    "secrets.json",
    "secrets.toml",
    "secrets.y*ml",
    "*.tfvars",
    "*.tfstate",
    ".ssh/*",
    ".aws/*",
    ".gnupg/*",
    ".kube/config",
    ".docker/config.json",
    ".azure/*",
    ".m2/settings.xml",
    ".config/gcloud/*",
    ".config/gh/hosts.yml",
)
"""Files that commonly hold keys and passwords; their text goes nowhere, not even to the engine."""


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says; `model` and `device` hold until the editor's settings name others.

    `state_dir` is where statistics are kept; "" is the user's state directory.
    """

    model: str = "auto"
    device: str = "auto"
    cache_dir: str = ""
    state_dir: str = ""
    offline: bool = False
    log_level: LogLevel = "warning"


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the editor's user can change at any time.

    `model` and `device` are what suggestions come from, empty those that the server was started with; which there are
    the engine knows.
    `trigger` says whether suggestions come by themselves or only when asked for; `show_delay_ms` holds those that come
    by themselves back for a while, though they are computed. `candidates` is how many may come when asked for.
    `completion_items` offers suggestions as entries of the completion list, too, for editors that know no other way.
    `languages` switches single languages off (or on) by their LSP identifier; "*" stands for all that are not named.
    `exclude` adds to the files that are never read, by glob; one that begins with "!" takes back in what
    other ones, or those for secrets, leave out.
    `deadline_ms` is how long an automatic request may take, `cold_deadline_ms` one for which the model has yet to read
    most of what stands around the cursor, `explicit_deadline_ms` one that the user asked for.
    `eagerness` says how likely to be accepted an automatic suggestion has to be to be shown (the probabilities stand in
    lsp/acceptance/card.toml); "everything" and "nothing" are for measuring.
    `debounce_ms` bounds how long decoding waits for a pause in fast typing (0 never waits).
    `filters` off shows what the model says and lets it read what stands around the cursor as they are: the bare model,
    which `tandem eval` compares with.
    `context` switches off (or on) by name what the model reads before the window: the file's `path`, its `imports` and
    the headers of enclosing `scopes` where they lie outside of the window, definitions of `imported` files, `recent`
    places in other documents, and what was just `clipped` out or in. `context_characters` bounds it, but for the path.
    `parse_check` leaves out what would keep a document from parsing, in languages whose grammar is known.
    `power` is how much is computed before anybody asks: "eco" hardly anything, "balanced" what is likely to be asked
    for next, "eager" whatever may be.
    `statistics` counts, on this machine alone, how many suggestions were shown, accepted and kept; it keeps no text.
    """

    enabled: bool = True
    model: Name = "auto"
    device: Name = "auto"
    trigger: Trigger = "automatic"
    eagerness: Eagerness = "balanced"
    show_delay_ms: Milliseconds = 0
    candidates: Annotated[int, msgspec.Meta(ge=1, le=5)] = 3
    completion_items: bool = False
    languages: dict[str, bool] = {}
    exclude: Patterns = ()
    power: Power = "balanced"
    deadline_ms: Milliseconds = 100
    cold_deadline_ms: Milliseconds = 800
    explicit_deadline_ms: Milliseconds = 1000
    debounce_ms: Milliseconds = 150
    filters: bool = True
    parse_check: bool = True
    prefix_characters: Characters = 2400
    suffix_characters: Characters = 600
    context: dict[Source, bool] = {}
    context_characters: Characters = 800
    line_tokens: Annotated[int, msgspec.Meta(ge=1, le=512)] = 48
    block_tokens: Annotated[int, msgspec.Meta(ge=1, le=512)] = 160
    statistics: bool = True

    def limit_ms(self, *, explicit: bool) -> float:
        """How long a request may take, if the model knows most of what stands around the cursor."""
        return self.explicit_deadline_ms if explicit else self.deadline_ms

    @property
    def unhurried(self) -> bool:
        """Whether those who use these settings wait as long as it takes."""
        return self.deadline_ms >= PATIENT_MS

    def reads(self, source: Source) -> bool:
        """Whether the model may read this before the window; the bare model reads nothing there."""
        return self.filters and self.context.get(source, True)


class Resolved(NamedTuple):
    """Settings, and a sentence for each value that could not be used."""

    settings: Settings
    problems: tuple[str, ...]


def resolve(*layers: object, start: Settings = Settings()) -> Resolved:  # noqa: B008 - frozen
    """Lay settings over those of the start, later ones over earlier ones; what does not fit is left out and named."""
    taken: dict[str, object] = {}
    problems: list[str] = []
    for layer in layers:
        if layer is None:
            continue
        if not isinstance(layer, dict):
            problems.append(f"Tandem's settings must be an object; {_kind(layer)} was ignored.")
            continue
        good, bad = _fields(layer.get(SECTION, layer))
        taken |= good
        problems += bad
    return Resolved(msgspec.structs.replace(start, **taken), tuple(problems))


def _fields(layer: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    if not isinstance(layer, dict):
        return {}, [f"Tandem's settings must be an object; {_kind(layer)} was ignored."]
    known = {field.encode_name: field for field in msgspec.structs.fields(Settings)}
    good: dict[str, object] = {}
    bad: list[str] = []
    for name, value in layer.items():
        if name not in known:
            bad.append(f'Tandem has no setting "{name}"; it was ignored.')
            continue
        if isinstance(value, str) and _unwritable.search(value):
            bad.append(f'The setting "tandem.{name}" was not used: no name or path has NUL or half a character in it.')
            continue
        try:
            good[known[name].name] = msgspec.convert(value, known[name].type)
        except msgspec.ValidationError as reason:
            bad.append(f'The setting "tandem.{name}" was not used: {_sentence(reason)}')
    return good, bad


def _sentence(reason: msgspec.ValidationError) -> str:
    """Write msgspec's reason, which never holds the value itself, as the end of a sentence."""
    text = str(reason).replace("`", "").partition(" - at ")[0]
    return f"{text[:1].lower()}{text[1:]}."


def _kind(value: object) -> str:
    names = {str: "text", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "something else")
