"""Making a bundle, by real processes that fetch, export, wait for each other and are killed."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.maker import Limits, Maker, Outcome
from support.tiny import FILE, wheel_path, wheels_of
from tokenizers import Tokenizer

from engine.config import EngineConfig
from engine.errors import BundleError, FetchError, UnknownModel
from engine.messages import Loading
from engine.models import bundle
from engine.models.bundle import FORMAT, MANIFEST
from engine.models.download import CHUNK_BYTES
from engine.models.prepare import prepare, prepare_entry, remove, state
from engine.models.quantize import FLOAT32

if TYPE_CHECKING:
    from pathlib import Path

    from support.shop import Shop

DATA = "model.onnx.data"
IN_THE_FILE_BYTES = 2 * CHUNK_BYTES  # what stands on the disk when the second report of a download comes


def test_a_model_is_made_once_and_then_loaded(shop: Shop) -> None:
    stages: list[str] = []
    made = prepare_entry(shop.entry, shop.config, lambda loading: stages.append(loading.stage))
    assert list(dict.fromkeys(stages)) == ["download", "verify", "export"]
    assert stages[-1] == "verify"
    assert made.root == shop.shelf / "tiny"
    tokenizer = Tokenizer.from_file(str(made.tokenizer_path))
    assert [tokenizer.id_to_token(number) for number in made.spec.stop_tokens] == list(shop.entry.prompt.stops)
    assert (made.spec.layers, made.spec.kv_heads, made.spec.head_dim, made.spec.context) == (2, 2, 32, 64)
    assert made.spec.vocabulary == tokenizer.get_vocab_size()
    _check_nothing_left(shop.shelf)
    shop.site.asked.clear()
    assert prepare_entry(shop.entry, shop.config, _ignore) == made
    assert shop.site.asked == []


def test_a_folder_is_loaded_as_it_is(shop: Shop, tmp_path: Path) -> None:
    made = prepare_entry(shop.entry, shop.config, _ignore)
    elsewhere = made.root.rename(tmp_path / "elsewhere")
    assert prepare(str(elsewhere), shop.config, _ignore).manifest == made.manifest


def test_of_a_folder_of_the_users_own_it_is_not_said_to_fetch_it(tmp_path: Path, shop: Shop) -> None:
    with pytest.raises(BundleError) as refused:
        prepare(str(tmp_path), shop.config, _ignore)
    assert "pull" not in str(refused.value)
    assert "--model" in str(refused.value)


def test_no_name_is_unknown_and_not_the_current_folder(shop: Shop) -> None:
    with pytest.raises(UnknownModel):
        prepare("", shop.config, _ignore)


def test_what_is_neither_a_name_nor_a_folder_is_unknown(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="no model"):
        prepare(str(tmp_path / "nothing"), shop.config, _ignore)


def test_an_older_format_is_made_anew(shop: Shop) -> None:
    made = prepare_entry(shop.entry, shop.config, _ignore)
    _set_format(made.root, FORMAT - 1)
    assert state(shop.entry, shop.config) == "outdated"
    assert prepare_entry(shop.entry, shop.config, _ignore) == made


def test_another_precision_is_made_anew(shop: Shop) -> None:
    small = prepare_entry(shop.entry, shop.config, _ignore)
    other = msgspec.structs.replace(shop.entry, precision=FLOAT32)
    assert state(other, shop.config) == "outdated"
    assert prepare_entry(other, shop.config, _ignore).manifest.size_bytes > 2 * small.manifest.size_bytes
    _check_nothing_left(shop.shelf)


def test_float16_stands_beside_the_models_own_precision(shop: Shop) -> None:
    own, half = (prepare_entry(entry, shop.config, _ignore) for entry in (shop.entry, shop.entry.in_half))
    assert (half.root, half.manifest.precision, half.spec.name) == (shop.shelf / "tiny-fp16", "fp16", "tiny-fp16")
    assert half.manifest.source_sha256 == own.manifest.source_sha256
    assert [state(entry, shop.config) for entry in (shop.entry, shop.entry.in_half)] == ["ready", "ready"]
    assert remove(shop.entry.in_half.name, shop.config, _ignore)
    assert bundle.load(own.root) == own


def test_a_newer_format_is_refused_until_it_is_mended(shop: Shop) -> None:
    made = prepare_entry(shop.entry, shop.config, _ignore)
    _set_format(made.root, FORMAT + 1)
    with pytest.raises(BundleError, match="newer"):
        prepare_entry(shop.entry, shop.config, _ignore)
    assert prepare_entry(shop.entry, shop.config, _ignore, repair=True) == made


def test_a_damaged_bundle_is_refused_until_it_is_mended(shop: Shop) -> None:
    made = prepare_entry(shop.entry, shop.config, _ignore)
    (made.root / DATA).write_bytes(b"")
    with pytest.raises(BundleError, match="tandem models pull tiny"):
        prepare_entry(shop.entry, shop.config, _ignore)
    assert prepare_entry(shop.entry, shop.config, _ignore, repair=True) == made
    _check_nothing_left(shop.shelf)


def test_without_the_network_only_weights_at_hand_will_do(shop: Shop) -> None:
    offline = EngineConfig(cache_dir=str(shop.shelf), network=False)
    with pytest.raises(FetchError, match="switched off"):
        prepare_entry(shop.entry, offline, _ignore)
    (shop.shelf / FILE).write_bytes(shop.gguf)
    prepare_entry(shop.entry, offline, _ignore)
    assert (shop.shelf / FILE).exists()
    assert shop.site.asked == []


def test_a_cache_that_cannot_be_written_is_one_sentence(shop: Shop) -> None:
    shop.shelf.write_text("a file where the folder should be")  # refused to every user, to root too
    with pytest.raises(FetchError, match="cannot be written"):
        prepare_entry(shop.entry, shop.config, _ignore)


@pytest.mark.parametrize("whole", [True, False], ids=["a bundle", "a download under way"])
def test_removing_takes_everything(shop: Shop, *, whole: bool) -> None:
    if whole:
        prepare_entry(shop.entry, shop.config, _ignore)
    else:
        with Maker(shop.entry, shop.config) as maker:
            assert isinstance(maker.step(), Loading)
    assert remove(shop.entry.name, shop.config, _ignore)
    assert state(shop.entry, shop.config) == "absent"
    _check_nothing_left(shop.shelf)
    assert not remove(shop.entry.name, shop.config, _ignore)


def test_a_second_process_waits_and_nothing_is_fetched_twice(shop: Shop) -> None:
    with Maker(shop.entry, shop.config) as first:
        assert _stage(first.step()) == "download"
        with Maker(shop.entry, shop.config) as second:
            assert _stage(second.step()) == "wait"
            assert _error(first.finish()) == ""
            assert _error(second.finish()) == ""
    assert [shop.site.starts(wheel_path(wheel)) for wheel in wheels_of(shop.entry)] == [[0], [0]]
    bundle.load(shop.config.bundles / "tiny")


@pytest.mark.parametrize("stage", ["download", "verify", "export"])
def test_killed_in_any_stage_it_leaves_no_bundle_and_the_next_one_goes_on(shop: Shop, stage: str) -> None:
    with Maker(shop.entry, shop.config) as maker:
        while _stage(said := maker.step()) != stage:
            assert said is not None
        assert _stage(maker.step()) == stage
        maker.kill()
    assert state(shop.entry, shop.config) == "absent"
    shop.site.asked.clear()
    prepare_entry(shop.entry, shop.config, _ignore)
    _check_nothing_left(shop.shelf)
    starts = [start for wheel in wheels_of(shop.entry) for start in shop.site.starts(wheel_path(wheel))]
    assert starts == {"download": [IN_THE_FILE_BYTES, 0]}.get(stage, [])


@pytest.mark.slow
@pytest.mark.parametrize("before", ["absent", "outdated"])
def test_killed_before_any_change_it_leaves_a_whole_bundle_or_none(shop: Shop, tmp_path: Path, before: str) -> None:
    start = tmp_path / "start"
    if before == "outdated":  # with weights at hand, since the downloads are the other case's
        shop.shelf.mkdir()
        (shop.shelf / FILE).write_bytes(shop.gguf)
        _set_format(prepare_entry(shop.entry, shop.config, _ignore).root, FORMAT - 1)
        shop.shelf.rename(start)
    else:
        start.mkdir()
    die_at, died = 0, True
    while died:
        die_at += 1
        shutil.copytree(start, shop.shelf)
        with Maker(shop.entry, shop.config, Limits(die_at=die_at)) as maker:
            died = maker.finish() is None
        found = state(shop.entry, shop.config)
        assert found in {"absent", "ready", before}
        if found == "ready":
            bundle.load(shop.shelf / "tiny")
        prepare_entry(shop.entry, shop.config, _ignore)
        assert state(shop.entry, shop.config) == "ready"
        _check_nothing_left(shop.shelf)
        shutil.rmtree(shop.shelf)
    assert die_at > 10


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("stage", ["download", "export"])
def test_a_disk_that_fills_up_is_one_sentence(shop: Shop, stage: str) -> None:
    """A limit that the system enforces: no file of the process may grow beyond it."""
    if stage == "export":
        shop.shelf.mkdir()
        (shop.shelf / FILE).write_bytes(shop.gguf)
    with Maker(shop.entry, shop.config, Limits(file_bytes=200_000)) as maker:
        assert _error(maker.finish()).startswith(f"There is no room in {shop.shelf}")
    assert state(shop.entry, shop.config) == "absent"
    prepare_entry(shop.entry, shop.config, _ignore)
    _check_nothing_left(shop.shelf)


def test_what_is_in_the_way_is_named(shop: Shop) -> None:
    shop.shelf.mkdir()
    (shop.shelf / ".work").touch()
    with pytest.raises(FetchError) as refused:
        prepare_entry(shop.entry, shop.config, _ignore)
    assert str(refused.value).startswith(f"{shop.shelf / '.work'} cannot be written")


def _stage(said: Loading | Outcome | None) -> str:
    return said.stage if isinstance(said, Loading) else repr(said)


def _error(outcome: Outcome | None) -> str:
    return "it died" if outcome is None else outcome.error


def _set_format(root: Path, number: int) -> None:
    text = (root / MANIFEST).read_text()
    (root / MANIFEST).write_text(text.replace(f"format = {FORMAT}\n", f"format = {number}\n"))


def _check_nothing_left(cache: Path) -> None:
    """Nothing but bundles, weights put there by hand, and the working folder with at most a lock."""
    assert {path.name for path in cache.iterdir()} <= {"tiny", ".work", FILE}
    assert {path.name for path in (cache / ".work").iterdir()} <= {"tiny.lock"}


def _ignore(_: Loading) -> None:
    pass
