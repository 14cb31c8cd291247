from __future__ import annotations

import subprocess
import sys

import pytest

from hardware.device import DeviceUnavailable, UnknownDevice
from hardware.registry import known, open_device


@pytest.mark.parametrize("name", ["cpu", "wafer", "wafer:wse2", "null"])
def test_devices_open_by_name(name: str) -> None:
    assert open_device(name).spec.name == name


def test_auto_takes_the_processor() -> None:
    device = open_device("auto", threads=3)
    assert (device.spec.name, device.spec.threads) == ("cpu", 3)


@pytest.mark.parametrize("name", ["gpu"])
def test_a_device_that_is_not_there_says_what_to_use(name: str) -> None:
    with pytest.raises(DeviceUnavailable, match="use --device cpu"):
        open_device(name)


@pytest.mark.parametrize("name", ["tpu", "", "CPU", "wafer:wse9"])
def test_an_unknown_device_lists_those_that_exist(name: str) -> None:
    with pytest.raises(UnknownDevice, match=r"choose one of auto, cpu, gpu, wafer, wafer:wse2, null\."):
        open_device(name)


def test_known_agrees_with_opening() -> None:
    for device in known():
        if device.available:
            assert open_device(device.name).spec.name == device.name
            assert device.reason == ""
        else:
            with pytest.raises(DeviceUnavailable) as refused:
                open_device(device.name)
            assert device.reason == str(refused.value)
        assert device.description


def test_the_null_device_loads_nothing_heavy() -> None:
    script = "import hardware.registry, sys; hardware.registry.open_device('null'); print('onnxruntime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
