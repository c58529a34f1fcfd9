"""The stable codes of everything that can be wrong with a spec. Each has a page in ``docs/errors/``."""

from enum import StrEnum
from typing import Literal


class Code(StrEnum):
    """The numbers tell what it is about.

    E00 files and limits, E01 syntax, E02 names and arguments, E03 shapes, E04 claims, E05 a net read from JSON, E07
    data to train on. W06 are lints: what is allowed, and most likely a mistake.
    """

    UNREADABLE = "E0001"
    FILE_TOO_LARGE = "E0002"
    NESTED_TOO_DEEP = "E0003"
    TOO_MANY_LAYERS = "E0004"
    NUMBER_TOO_LARGE = "E0005"
    SYMBOLS_TOO_INVOLVED = "E0006"

    UNEXPECTED_TOKEN = "E0101"
    UNEXPECTED_END = "E0102"
    BAD_CHARACTER = "E0103"
    RESERVED_WORD = "E0104"

    UNKNOWN_LAYER = "E0201"
    UNKNOWN_ARGUMENT = "E0202"
    TOO_MANY_ARGUMENTS = "E0203"
    MISSING_ARGUMENT = "E0204"
    BAD_ARGUMENT = "E0205"
    REPEATED_ARGUMENT = "E0206"
    UNKNOWN_NAME = "E0207"
    UNKNOWN_LABEL = "E0208"
    DEFINED_TWICE = "E0209"
    BLOCK_CYCLE = "E0210"
    BAD_USE = "E0211"
    NO_NET = "E0212"
    BAD_INPUT = "E0213"
    BAD_OPERANDS = "E0214"
    BAD_EXPRESSION = "E0215"
    MISPLACED = "E0216"
    UNUSED_VALUE = "E0217"
    UNSET_PARAMETER = "E0218"

    WRONG_RANK = "E0301"
    WINDOW_TOO_LARGE = "E0302"
    NOT_A_VECTOR = "E0303"
    GROUPS = "E0304"
    POOL_PADDING = "E0305"
    OUTPUT_PADDING = "E0306"
    OPERANDS_DIFFER = "E0307"
    SIZES_DIFFER = "E0308"
    OUT_OF_RANGE = "E0309"
    NOT_FIXED = "E0310"
    TOO_FEW_VALUES = "E0311"
    NO_SIZE_FITS = "E0312"

    CLAIM_FAILS = "E0401"
    STATED_SHAPE = "E0402"

    BAD_NET = "E0501"

    IMAGES_DIFFER = "E0701"
    CLASSES_DIFFER = "E0702"

    BIAS_BEFORE_BATCHNORM = "W0601"
    SKIPPED_PIXELS = "W0602"
    DROPPED_EDGE = "W0603"
    EMPTY_WINDOWS = "W0604"
    TWO_ACTIVATIONS = "W0605"
    SOFTMAX_AT_END = "W0606"
    DROPOUT_BEFORE_BATCHNORM = "W0607"
    LARGE_OUTPUT = "W0608"
    UNUSED_NAME = "W0609"
    UNUSED_LABEL = "W0610"
    HIDING_NAME = "W0611"

    @property
    def severity(self) -> Literal["error", "warning"]:
        """Whether this must be put right, or is most likely a mistake."""
        return "error" if self.value.startswith("E") else "warning"
