"""A document's tree validated into a pydantic model, with pydantic's errors told in our words where they are.

What has a fault is cut off the tree and the rest validated again, so that checks on the values can still be made on
what is left, and every fault of a file is told in one run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from kicktimer.errors import ScalarError
from kicktimer.text import nearest
from kicktimer.yaml_document import MAX_FAULTS, Document, Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

_Model = TypeVar("_Model", bound=BaseModel)
TAGS = frozenset({"-list", "-word", "-rep", "-mark", "-set", "-line"})  # of unions, in pydantic's paths: no keys


@dataclass(frozen=True, slots=True)
class Words:
    """What a format knows of its keys: what people write instead, where they belong, how a missing one looks.

    `stand_ins` are harmless items for lists, by the list's key: one takes the place of an item with a fault, so that
    the items behind it keep their places.
    """

    synonyms: Mapping[str, str]
    levels: Mapping[str, str]
    missing: Mapping[str, str]
    stand_ins: Mapping[str, Node] = field(default_factory=dict)


def validate(document: Document, model: type[_Model], words: Words) -> _Model | None:
    """The document as a `model`, without what has a fault; None where nothing is left to go on with."""
    root = document.root
    if root.kind != "map":
        document.fault(root, "a mapping of keys is expected here", "like `name: …` on a line of its own")
        return None
    for attempt in range(4):
        try:
            return model.model_validate(root.data())
        except ValidationError as error:
            # All paths first: a cut moves what stands behind it in a list.
            found = error.errors(include_url=False, include_input=False)
            paths = [_tell(document, each, model, words, tell=attempt == 0) for each in found]
            if not _cut(paths, words):
                return None
    return None


def _cut(paths: list[list[Node]], words: Words) -> bool:
    """Take the last node of each path out of the tree; False where that is the tree itself."""
    if any(len(path) == 1 for path in paths):
        return False
    gone = {id(path[-1]) for path in paths}
    parents = {id(path[-2]): path for path in paths}  # each is gone through once, whatever it loses
    for path in parents.values():
        parent = path[-2]
        if parent.kind == "list":
            above = path[-3].entries if len(path) > 2 else {}
            name = next((name for name, pair in above.items() if pair[1] is parent), "")
            stand_in = words.stand_ins.get(name)
            spot = [stand_in] if stand_in else []
            parent.items = [each for item in parent.items for each in (spot if id(item) in gone else [item])]
        parent.entries = {name: pair for name, pair in parent.entries.items() if id(pair[1]) not in gone}
    return True


def _tell(document: Document, found: ErrorDetails, model: type[BaseModel], words: Words, *, tell: bool) -> list[Node]:
    """Tell one error of pydantic's in our words, at its node. The path to what must be cut off."""
    missing, extra = found["type"] == "missing", found["type"] == "extra_forbidden"
    last = len(found["loc"]) - 1
    loc = [step for index, step in enumerate(found["loc"]) if step not in TAGS or (extra and index == last)]
    path = document.path(loc[:-1] if missing else loc)
    node = path[-1]
    if tell and len(document.faults) < MAX_FAULTS:
        name = str(loc[-1]) if loc else ""
        if missing and any(words.synonyms.get(key) == name or nearest(key, (name,)) for key in [*node.entries][:50]):
            pass  # it is there, mistyped, and told as such
        elif missing:
            document.fault(node, f"`{name}` is missing", words.missing.get(name, ""))
        elif extra:
            key = path[-2].key(name) if len(path) > 1 else None
            _unknown(document, (key or node, node), name, _keys_at(model, found["loc"][:-1]), words)
        else:
            _value(document, node, found)
    if len(path) == 1 and missing and loc[-1] == "name":
        # Nothing else depends on the name: the rest can be checked under any.
        stand_in = Node("scalar", 1, 1, text="?")
        document.root.entries["name"] = (stand_in, stand_in)
        return [document.root, Node("scalar", 1, 1)]
    document.cut.append(tuple(loc[:-1] if missing else loc))
    return path


def _value(document: Document, node: Node, found: ErrorDetails) -> None:
    error = found.get("ctx", {}).get("error")
    spots = getattr(error, "spots", ())
    for spot in spots:
        # Inside quotes, or over several lines, the place in the text is not the place in the file.
        inside = node.kind == "scalar" and node.text == document.text_at(node)
        offset, width = (spot.offset, spot.width) if inside else (0, 0)
        document.fault(node, spot.problem, spot.hint, offset=offset, width=width)
    if spots:
        return
    problem, hint = found["msg"], ""
    if isinstance(error, ScalarError):
        problem, hint = error.message, error.hint
    elif found["type"] in ("model_type", "model_attributes_type", "dict_type"):
        problem, hint = "a mapping of keys is expected here", "like `{distance: 400m}`"
    elif found["type"] in ("tuple_type", "list_type"):
        problem, hint = "a list is expected here", "its items begin with `- `, or stand in [ ]"
    elif node.kind != "scalar":
        problem = "one value is expected here, no list and no mapping"
    document.fault(node, problem, hint)


def _unknown(document: Document, entry: tuple[Node, Node], name: str, known: tuple[str, ...], words: Words) -> None:
    key, value = entry
    shown = f"`{name[:40]}` is not known here"
    word = words.synonyms.get(name.lower(), "")
    before, colon, after = name.partition(":")
    if colon and (before in known or before in words.levels):
        document.fault(key, shown, f"a space is missing after the colon: {before}: {after[:40]}")
    elif name in words.levels:
        document.fault(key, f"`{name}` does not belong here", words.levels[name])
    elif value.empty and value.column == key.column + key.width and value.line == key.line:
        document.fault(key, shown, "a comma ends a text inside { }: put the whole text in quotes")
    elif word in known or (word := nearest(name, known)):
        document.fault(key, shown, f"did you mean `{word}`?")
    else:
        document.fault(key, shown, f"known are {', '.join(known)}")


def _keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> tuple[str, ...]:
    """The keys of the model that a path of pydantic's leads to."""
    here = model
    free = False  # the next step is a key of a mapping with any keys
    for step in loc:
        if isinstance(step, int) or step in TAGS:
            continue
        if free:
            free = False
            continue
        annotation = here.model_fields[step].annotation
        free = get_origin(annotation) is dict
        here = next(iter(_models(annotation)), here)
    return tuple(here.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
