"""Classes that generated code brings along where PyTorch has no module of its own: for `padding=same` and its like."""

from __future__ import annotations

from typing import NamedTuple


class Helper(NamedTuple):
    """A class or function of the generated module: its text, in which ``{name}`` stands for its name."""

    text: str
    functional: bool = False
    """Whether it uses ``torch.nn.functional``."""


_SAME = '''\
class {name}(nn.Conv{rank}d):
    """Convolution with TensorFlow's `same` padding: ⌈in / stride⌉ outputs."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        padding: list[int] = []
        for size, kernel, stride, dilation in zip(
            x.shape[2:], self.kernel_size, self.stride, self.dilation, strict=True
        ):
            reach = (size - 1) // stride * stride + dilation * (kernel - 1) + 1
            missing = max(reach - size, 0)
            padding = [missing // 2, missing - missing // 2, *padding]
        return super().forward(F.pad(x, padding))
'''

_SCALE = '''\
class {name}(nn.Module):
    """A learned factor for each channel."""

    def __init__(self, channels: int, init: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), init))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight.view(-1, *[1] * (x.ndim - 2))
'''

_DROP_PATH = '''\
class {name}(nn.Module):
    """Stochastic depth: drops the whole input of an example at random in training."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = x.new_ones(x.shape[0], *[1] * (x.ndim - 1))
        return x * F.dropout(kept, self.p, self.training)
'''

_CHANNEL_LAYER_NORM = '''\
class {name}(nn.LayerNorm):
    """Layer normalization over the channels, at each position by itself."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
'''

_FEATURE_NORM = '''\
class {name}(nn.Module):
    """Layer normalization, without weights, of vectors of any length."""

    def __init__(self, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, x.shape[1:], eps=self.eps)
'''

_RESHAPE = '''\
class {name}(nn.Module):
    """The same values in another shape."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.reshape(x.shape[0], *self.shape)
'''

_SLICE = '''\
class {name}(nn.Module):
    """Some of the channels."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__()
        self.start = start
        self.stop = stop

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, self.start : self.stop]
'''

_CHILD = '''\
def {name}(module: nn.Module, name: str) -> nn.Module:
    """The layer of that name, even if `nn.Module` has such an attribute."""
    return dict(module.named_children())[name]
'''

_ANY_NAME = '''\
class {name}(nn.Module):
    """A module whose layers may have any name, even one that `nn.Module` uses."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, nn.Module):
            super().__setattr__(name, value)
        else:  # such as `training`, which may be a layer as well
            object.__setattr__(self, name, value)
'''

CHILD = "child"
"""The function that reaches children which `nn.Module` hides."""

ANY_NAME = "AnyName"
"""The class that can have such children."""

HELPERS: dict[str, Helper] = {
    **{f"Conv{rank}dSame": Helper(_SAME.replace("{rank}", str(rank)), functional=True) for rank in (1, 2, 3)},
    "Scale": Helper(_SCALE),
    "DropPath": Helper(_DROP_PATH, functional=True),
    "ChannelLayerNorm": Helper(_CHANNEL_LAYER_NORM),
    "FeatureNorm": Helper(_FEATURE_NORM, functional=True),
    "Reshape": Helper(_RESHAPE),
    "Slice": Helper(_SLICE),
    ANY_NAME: Helper(_ANY_NAME),
    CHILD: Helper(_CHILD),
}
"""By the name that each has unless the spec uses it otherwise; in the order in which they are written."""
