"""Sends mutated input through the key reader and Textual's parser: `fuzz_keyboard.py [COUNT [SEED]]`.

After each input a key is pressed. It must arrive, and nothing may raise. Prints how many inputs took how long.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from harness.keyboard_fuzz import mutated_inputs  # noqa: E402 - found by the line above
from kicktimer.keyboard.input_filter import PASTE_TIMEOUT_S  # noqa: E402
from kicktimer.tui.key_reader import KeyReader  # noqa: E402


def fuzz(count: int, seed: int = 0) -> int:
    """Returns the number of keys that arrived besides those pressed after each input. Raises where one is lost."""
    keys: list[str] = []
    reader = KeyReader(
        lambda message: keys.append(getattr(message, "key", "")),
        on_repeat=lambda key: keys.append(f"{key.key} repeated"),
        may_repeat=lambda _: False,
    )
    now = others = 0
    for data in mutated_inputs(seed, count):
        now += 2
        reader.feed(data, now)
        reader.tick(now + PASTE_TIMEOUT_S)
        reader.feed(b"m", now + 1)
        reader.tick(now + 1.5)
        if keys[-1:] != ["m"]:
            raise AssertionError(f"after {data!r} the next key is lost: {keys}")
        others += len(keys) - 1
        keys.clear()
    return others


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    begun = time.perf_counter()
    others = fuzz(count, seed)
    print(f"{count} inputs, {others} keys in them, {time.perf_counter() - begun:.1f} s: no key was lost after any")


if __name__ == "__main__":
    main()
