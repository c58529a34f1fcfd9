"""Names in the generated code: what a spec may call things, and what Python and PyTorch let them be called."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from enum import Enum, auto

from netspec.backends.python import names as python

_ATTRIBUTES = """
T_destination _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl _forward_hooks
_forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks _forward_pre_hooks_with_kwargs
_get_backward_hooks _get_backward_pre_hooks _get_name _is_full_backward_hook _load_from_state_dict
_load_state_dict_post_hooks _load_state_dict_pre_hooks _maybe_warn_non_full_backward_hook _modules _named_members
_non_persistent_buffers_set _parameters _register_load_state_dict_pre_hook _register_state_dict_hook
_replicate_for_data_parallel _save_to_state_dict _slow_forward _state_dict_hooks _state_dict_pre_hooks _version
_wrapped_call_impl add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches
eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict
modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook
register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
"""

MODULE_ATTRIBUTES = frozenset(_ATTRIBUTES.split())
"""What an `nn.Module` already has, and a layer therefore cannot be as an attribute."""

_IN_USE = python.ALWAYS_IN_USE | {"torch", "nn", "F", "NamedTuple"}
"""Names that the generated code may need for what they are."""


class Access(Enum):
    """How a module gets at a child of its."""

    ATTRIBUTE = auto()
    BY_NAME = auto()
    """`add_module` and `get_submodule`: the name is no identifier that could stand after ``self.``."""
    HIDDEN = auto()
    """An attribute of `nn.Module` has the name, so that only the dictionary of children can hold it."""


def access(name: str) -> Access:
    """How a child of this name is reached."""
    if name in MODULE_ATTRIBUTES or (name.startswith("__") and name.endswith("__")):
        return Access.HIDDEN
    # Python renames what begins with two underscores inside a class.
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("__"):
        return Access.BY_NAME
    return Access.ATTRIBUTE


class Names(python.Names):
    """A scope: gives out names, each once, none of which hides something that the code needs."""

    in_use = _IN_USE


def first_free(is_taken: Callable[[str], bool], wanted: str) -> str:
    """The wanted name if it is free, or with a number from 2 up."""
    return python.first_free(is_taken, wanted, in_use=_IN_USE)


def camel_case(name: str) -> str:
    """The name of a class: ``inverted_residual`` becomes ``InvertedResidual``."""
    words = [word for word in name.split("_") if word]
    text = "".join(word[:1].upper() + word[1:] for word in words)
    return text if text.isidentifier() else f"Block{text}"


def without_number(name: str) -> str:
    """The name of a thing without its turn: ``denselayer3`` is a ``denselayer``."""
    return re.sub(r"\d+$", "", name) or name
