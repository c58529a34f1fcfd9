"""Specs made by the grammar: blocks with parameters, groups, repeats, conditions, merges, symbols and claims.

They parse, and many of them check, so that every pass is reached; the others fail in all the ways that nets can.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from netspec.layers import LAYERS, Merge, arguments

LARGEST = 1 << 16
"""Bytes of the largest spec."""

_SIZES = (1, 1, 2, 3, 3, 4, 5, 7, 8, 16)
_INPUTS = ("1x28x28", "3x32x32", "3x224x224", "3 x H x W", "3xHxH", "8 x 32 x W", "16", "4x100", "2xDxHxW", "1x9x9x9")
_WORDS = ("same", "nearest", "bilinear", "relu", "gelu")
_MEASURES = ("params", "macs", "memory", "activations", "receptive_field", "depth", "shape", "height", "channels")
_SPATIAL = ("height", "width", "channels", "features")
_PLAIN = ("relu", "batchnorm", "sigmoid", "dropout 0.5", "conv 8 3x3 padding=1", "conv 4 1", "maxpool 2", "flatten")


class Writer:
    """A spec while it is written. `most` bounds its characters."""

    def __init__(self, dice: Random, most: int) -> None:
        self.dice, self.left = dice, most
        self.parameters: Sequence[str] = ()
        self.labels: list[str] = []
        self.blocks: list[str] = []

    def spec(self) -> str:
        """The whole of it."""
        dice = self.dice
        items = []
        if dice.random() < 0.1:
            items.append(f'use "{dice.choice(("other.net", "./a/b.net", "x.txt", "fuzz.net"))}"\n')
        items += [self._block() for _ in range(dice.choice((0, 0, 1, 1, 2, 5)))]
        items += [self._net(number) for number in range(dice.choice((1, 1, 1, 1, 2, 3)))]
        while self.left > 0 and dice.random() < 0.5:
            items.append(self._net(len(items)))
        if dice.random() < 0.2:
            dice.shuffle(items)
        return "\n".join(items)

    def _block(self) -> str:
        name = f"{self.dice.choice('abcde')}{len(self.blocks) if self.dice.random() < 0.95 else ''}"
        text = f"block {name}{self._parameters()} {self._body(1)}\n"
        self.blocks.append(name)
        return text

    def _net(self, number: int) -> str:
        self.labels = []
        head = f"net N{number if self.dice.random() < 0.95 else ''}{self._parameters()} {{"
        statements = [f"input {self.dice.choice(_INPUTS)}"]
        if self.dice.random() < 0.05:
            statements = [f"{side}: input {self.dice.choice(_INPUTS)}" for side in ("left", "right")]
            self.labels += ["left", "right"]
        while True:
            statements += self._statements(0)
            if self.dice.random() < 0.9 or self.left <= 0:
                break
        statements += [f"assert {self._claim()}" for _ in range(self.dice.choice((0, 0, 1, 3)))]
        return "\n    ".join([head, *statements]) + "\n}\n"

    def _parameters(self) -> str:
        names = self.dice.sample(("n", "width", "stride", "unit", "relu"), self.dice.choice((0, 0, 1, 2)))
        self.parameters = names
        return f"({', '.join(self._parameter(name) for name in names)})" if names else ""

    def _parameter(self, name: str) -> str:
        return name if self.dice.random() < 0.2 else f"{name}={self._value(2)}"

    def _statements(self, depth: int) -> list[str]:
        count = self.dice.choice((0, 1, 1, 2, 3, 5, 10)) if depth else self.dice.choice((1, 3, 10, 30))
        return [self._statement(depth) for _ in range(count)]

    def _body(self, depth: int) -> str:
        if depth > 8 or self.left <= 0:
            return "{ }"
        statements = self._statements(depth)
        return "{\n" + "\n".join(statements) + "\n}" if len(statements) != 1 else f"{{ {statements[0]} }}"

    def _statement(self, depth: int) -> str:
        dice = self.dice
        match dice.randrange(24):
            case 0:
                text = f"repeat {self._count()} {self._body(depth + 1)}"
            case 1:
                text = f"if {self._claim()} {self._body(depth + 1)}"
                if dice.random() < 0.5:
                    text += f" else {self._body(depth + 1)}"
            case 2 if self.labels:
                text = f"from {dice.choice(self.labels)}"
            case 3:
                text = f"output {dice.choice('xyz')}: {self._body(depth + 1)}"
            case 4:
                text = f"assert {self._claim()}"
            case 5:
                text = f"# {dice.choice(('a remark', 'allow W0601', 'é 漢 # #'))}"
            case _:
                text = " -> ".join(self._step(depth) for _ in range(dice.choice((1, 1, 1, 2, 3))))
                if dice.random() < 0.1:
                    text += f" => {dice.choice((*_INPUTS, '(8) x H x (W // 2)', '8x16x16'))}"
        self.left -= len(text)
        return text

    def _count(self) -> str:
        return self.dice.choice(("0", "1", "2", "3", "10", "300", "(in.channels % 4)", "n", "100_000"))

    def _step(self, depth: int) -> str:
        dice = self.dice
        label = ""
        if dice.random() < 0.2:
            label = f"{dice.choice('abcdefgh')}{dice.randrange(30)}"
        match dice.randrange(12):
            case 0:
                step = self._body(depth + 1)
            case 1 | 2:
                step = self._merge(depth)
            case 3 if self.blocks:
                step = f"{dice.choice(self.blocks)}{self._arguments(('n', 'width', 'stride'))}"
            case 4 if self.parameters:
                step = dice.choice(self.parameters)
            case 5 | 6:
                step = self._any_layer()
            case _:
                step = dice.choice(_PLAIN)
        if label:
            self.labels.append(label)
        return f"{label}: {step}" if label else step

    def _any_layer(self) -> str:
        kind = self.dice.choice([kind for kind, layer in LAYERS.items() if not issubclass(layer, Merge)])
        return f"{kind}{self._arguments(tuple(arguments(LAYERS[kind])))}"

    def _arguments(self, names: Sequence[str]) -> str:
        given = [name for name in names if self.dice.random() < 0.6]
        return "".join(
            f" {name}={self._value(2)}" if self.dice.random() < 0.5 else f" {self._value(2)}" for name in given
        )

    def _merge(self, depth: int) -> str:
        operands = [self._operand(depth) for _ in range(self.dice.choice((0, 1, 2, 2, 2, 3, 9)))]
        return " ".join([self.dice.choice(("add", "concat", "mul")), *operands])

    def _operand(self, depth: int) -> str:
        dice = self.dice
        operand = dice.choice(("{}", "{ relu }", "{ conv 8 3x3 padding=1 }", *self.labels[-3:]))
        if dice.random() < 0.3:
            operand = self._body(depth + 1)
        return f"{operand} if {self._claim()}" if dice.random() < 0.1 else operand

    def _value(self, depth: int) -> str:
        dice = self.dice
        match dice.randrange(8):
            case 0:
                return f"({self._expression(depth)})"
            case 1:
                return "x".join(str(dice.choice(_SIZES)) for _ in range(dice.choice((1, 2, 2, 3))))
            case 2:
                return dice.choice(("true", "false", "0.1", "1e-5", *_WORDS))
            case 3 if self.parameters:
                return dice.choice(self.parameters)
            case _:
                return str(dice.choice(_SIZES))

    def _claim(self) -> str:
        dice = self.dice
        relation = dice.choice(("==", "!=", "<", "<=", ">", ">="))
        claim = f"{self._expression(2)} {relation} {self._expression(2)}"
        if dice.random() < 0.2:
            claim = f"{dice.choice(('not ', ''))}({claim}) {dice.choice(('and', 'or'))} {self._expression(1)} > 0"
        return claim

    def _expression(self, depth: int) -> str:
        dice = self.dice
        if depth == 0 or dice.random() < 0.3:
            names = [f"in.{dice.choice(_SPATIAL)}", dice.choice(_MEASURES), *self.parameters, "H", "W"]
            names += [f"{label}.{dice.choice(_MEASURES)}" for label in self.labels[-2:]]
            return str(dice.choice(_SIZES)) if dice.random() < 0.4 else dice.choice(names)
        inner = [self._expression(depth - 1) for _ in range(dice.choice((2, 2, 3)))]
        if dice.random() < 0.1:
            return f"{dice.choice(('min', 'max'))}({', '.join(inner)})"
        return "(" + f" {dice.choice(('+', '-', '*', '//', '%'))} ".join(inner) + ")"


def random_spec(dice: Random, most: int = 2_000) -> str:
    """A spec of about so many characters at most, and never over :data:`LARGEST` bytes."""
    text = Writer(dice, dice.randrange(1, most)).spec()
    return text.encode()[:LARGEST].decode(errors="ignore")
