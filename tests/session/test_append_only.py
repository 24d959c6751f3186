"""The append-only sequence: it is a tuple that is cheap to extend, and never shows what was added to another one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.session.append_only import AppendOnly


@given(st.data())
def test_every_sequence_keeps_its_items_whatever_is_added_to_others(data: st.DataObject) -> None:
    made: list[tuple[AppendOnly[int], tuple[int, ...]]] = [(AppendOnly(), ())]
    for item in range(data.draw(st.integers(0, 20))):
        sequence, items = data.draw(st.sampled_from(made))
        made.append((sequence.add(item), (*items, item)))
    for sequence, items in made:
        assert sequence == items
        assert tuple(sequence) == items
        assert [sequence[place] for place in range(-len(items), len(items))] == [*items, *items]
        assert (len(sequence), sequence[1:3]) == (len(items), items[1:3])
