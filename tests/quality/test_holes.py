from __future__ import annotations

from quality.holes import listed

from lsp.eval.manifest import manifest


def test_packages_whose_tests_are_run_are_held_out_like_the_others() -> None:
    assert len({each.project for each in listed().benches}) == len(listed().benches) >= 3
    for bench in listed().benches:
        package = bench.package
        assert manifest().models_released < package.first_release <= package.released
        assert package.include == bench.include
        assert bench.tests
        assert "pytest" in bench.needs
