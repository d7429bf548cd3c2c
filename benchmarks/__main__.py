"""Runs the parts named on the command line, or all but the longest."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from types import ModuleType

import benchmarks
from benchmarks.results import NotHere, write_section

# Embeds 19,406 products, which takes ten minutes: runs only when it is named.
ONLY_BY_NAME = {"quality"}


def find_parts() -> dict[str, ModuleType]:
    """Return the parts by name: the modules that can measure."""
    modules = {
        found.name: importlib.import_module(f"benchmarks.{found.name}")
        for found in pkgutil.iter_modules(benchmarks.__path__)
        if not found.name.startswith("_") and not found.ispkg
    }
    return {name: part for name, part in modules.items() if hasattr(part, "measure")}


def main() -> None:
    parts = find_parts()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=benchmarks.__doc__
    )
    usual = [name for name in parts if name not in ONLY_BY_NAME]
    parser.add_argument(
        "part",
        nargs="*",
        help=f"what to measure: {', '.join(parts)} (default: {', '.join(usual)})",
    )
    chosen = parser.parse_args().part or usual
    if unknown := set(chosen) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    left_out: list[str] = []
    for name in chosen:
        part = parts[name]
        print(f"Measuring: {part.TITLE} ...", flush=True)
        try:
            rows = part.measure()
        except NotHere as error:
            left_out.append(name)
            print(error)
            continue
        print(write_section(part.TITLE, part.INTRODUCTION, rows))
    if left_out:
        raise SystemExit(f"Not measured: {', '.join(left_out)}.")


if __name__ == "__main__":
    main()
