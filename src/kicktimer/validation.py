"""Validates a document's tree with a pydantic model and records pydantic's errors as faults with positions and hints.

A node with a fault is removed from the tree and the rest is validated again. So the caller still gets a model on which
it can check values, and one run reports every fault of the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from kicktimer.errors import ScalarError, ScalarFaultsError
from kicktimer.text import closest_match
from kicktimer.yaml_document import MAX_FAULTS, Document, Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

_Model = TypeVar("_Model", bound=BaseModel)
MAX_ATTEMPTS = 4
# Pydantic puts the tag of a discriminated union into an error's path. These are not keys of the file.
UNION_TAGS = frozenset({"-list", "-word", "-rep", "-text", "-set", "-line"})


@dataclass(frozen=True, slots=True)
class FormatVocabulary:
    """The words of a file format, for hints about wrong keys.

    `synonyms` maps words that people write to the format's key. `belongs_to` maps a key to a sentence that says at
    which level it belongs. `examples` maps a required key to what to write where it is missing. `stand_ins` maps the
    key of a list to a valid item: it replaces an item with a fault, so that the items after it keep their index.
    """

    synonyms: Mapping[str, str]
    belongs_to: Mapping[str, str]
    examples: Mapping[str, str]
    stand_ins: Mapping[str, Node] = field(default_factory=dict)


def validate(document: Document, model: type[_Model], vocabulary: FormatVocabulary) -> _Model | None:
    """Returns the document as a `model` without its faulty nodes, or None if too little of it is valid.

    Records a fault in the document for each error; removed nodes are listed in `document.removed_paths`.
    """
    root = document.root
    if root.kind != "map":
        document.add_fault(root, "a mapping of keys is expected here", "like `name: …` on a line of its own")
        return None
    for attempt in range(MAX_ATTEMPTS):
        try:
            return model.model_validate(root.to_data())
        except ValidationError as error:
            # Look up all nodes before removing any: removing a list item changes the index of those after it.
            errors = error.errors(include_url=False, include_input=False)
            paths = [_report_error(document, each, model, vocabulary, record=attempt == 0) for each in errors]
            if not _remove_faulty_nodes(paths, vocabulary):
                return None
    return None


def _remove_faulty_nodes(paths: list[list[Node]], vocabulary: FormatVocabulary) -> bool:
    """Removes the last node of each path from the tree. Returns False, and removes nothing, if one is the root."""
    if any(len(path) == 1 for path in paths):
        return False
    removed = {id(path[-1]) for path in paths}
    parents = {id(path[-2]): path for path in paths}  # one path for each parent, which is rebuilt once
    for path in parents.values():
        parent = path[-2]
        if parent.kind == "list":
            above = path[-3].entries if len(path) > 2 else {}
            name = next((name for name, pair in above.items() if pair[1] is parent), "")
            stand_in = vocabulary.stand_ins.get(name)
            replacement = [stand_in] if stand_in else []
            parent.items = [each for item in parent.items for each in (replacement if id(item) in removed else [item])]
        parent.entries = {name: pair for name, pair in parent.entries.items() if id(pair[1]) not in removed}
    return True


def _report_error(
    document: Document,
    error_details: ErrorDetails,
    model: type[BaseModel],
    vocabulary: FormatVocabulary,
    *,
    record: bool,
) -> list[Node]:
    """Returns the nodes from the root to the faulty node of a pydantic error; records its fault if `record` is true."""
    missing, extra = error_details["type"] == "missing", error_details["type"] == "extra_forbidden"
    last = len(error_details["loc"]) - 1
    loc = [
        step for index, step in enumerate(error_details["loc"]) if step not in UNION_TAGS or (extra and index == last)
    ]
    path = document.nodes_on_path(loc[:-1] if missing else loc)
    node = path[-1]
    if record and len(document.faults) < MAX_FAULTS:
        name = str(loc[-1]) if loc else ""
        if missing and any(
            vocabulary.synonyms.get(key) == name or closest_match(key, (name,)) for key in [*node.entries][:50]
        ):
            pass  # the key is there but misspelt, and is reported as an unknown key
        elif missing:
            document.add_fault(node, f"`{name}` is missing", vocabulary.examples.get(name, ""))
        elif extra:
            key = path[-2].key_node(name) if len(path) > 1 else None
            _report_unknown_key(
                document, (key or node, node), name, _model_keys_at(model, error_details["loc"][:-1]), vocabulary
            )
        else:
            _report_value_error(document, node, error_details)
    if len(path) == 1 and missing and loc[-1] == "name":
        # Nothing else depends on the name: with a stand-in for it the rest can be validated.
        stand_in = Node("scalar", 1, 1, text="?")
        document.root.entries["name"] = (stand_in, stand_in)
        return [document.root, Node("scalar", 1, 1)]
    document.removed_paths.append(tuple(loc[:-1] if missing else loc))
    return path


def _report_value_error(document: Document, node: Node, error_details: ErrorDetails) -> None:
    error = error_details.get("ctx", {}).get("error")
    if isinstance(error, ScalarFaultsError):
        for fault in error.faults:
            # An offset in the text is an offset in the file only if the scalar is neither quoted nor folded.
            verbatim = node.kind == "scalar" and node.text == document.source_text(node)
            offset, width = (fault.offset, fault.width) if verbatim else (0, 0)
            document.add_fault(node, fault.problem, fault.hint, offset=offset, width=width)
        return
    problem, hint = error_details["msg"], ""
    if isinstance(error, ScalarError):
        problem, hint = error.message, error.hint
        if error.item is not None and error.item < len(node.items):
            node = node.items[error.item]
    elif error_details["type"] in ("model_type", "model_attributes_type", "dict_type"):
        problem, hint = "a mapping of keys is expected here", "like `{distance: 400m}`"
    elif error_details["type"] in ("tuple_type", "list_type"):
        problem, hint = "a list is expected here", "its items begin with `- `, or stand in [ ]"
    elif node.kind != "scalar":
        problem = "one value is expected here, no list and no mapping"
    document.add_fault(node, problem, hint)


def _report_unknown_key(
    document: Document, entry: tuple[Node, Node], name: str, known: tuple[str, ...], vocabulary: FormatVocabulary
) -> None:
    key, value = entry
    shown = f"`{name[:40]}` is not known here"
    word = vocabulary.synonyms.get(name.lower(), "")
    before, colon, after = name.partition(":")
    if colon and (before in known or before in vocabulary.belongs_to):
        document.add_fault(key, shown, f"a space is missing after the colon: {before}: {after[:40]}")
    elif name in vocabulary.belongs_to:
        document.add_fault(key, f"`{name}` does not belong here", vocabulary.belongs_to[name])
    elif value.is_empty and value.column == key.column + key.width and value.line == key.line:
        document.add_fault(key, shown, "a comma ends a text inside { }: put the whole text in quotes")
    elif word in known or (word := closest_match(name, known)):
        document.add_fault(key, shown, f"did you mean `{word}`?")
    else:
        document.add_fault(key, shown, f"known are {', '.join(known)}")


def _model_keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> tuple[str, ...]:
    """Returns the keys of the nested model at `loc`, the path of a pydantic error."""
    here = model
    any_key = False  # whether the next step is a key of a mapping that takes any key
    for step in loc:
        if isinstance(step, int) or step in UNION_TAGS:
            continue
        if any_key:
            any_key = False
            continue
        annotation = here.model_fields[step].annotation
        any_key = get_origin(annotation) is dict
        here = next(iter(_models_in(annotation)), here)
    return tuple(here.model_fields)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
