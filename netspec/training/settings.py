"""How a net is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

LEARNING_RATES = {"sgd": 0.9, "adam": 0.001}
"""Those of Zhang et al., "Dive into Deep Learning", section 7.6, and of Kingma and Ba, "Adam", 2015."""


class Settings(BaseModel):
    """All that decides the numbers of a run, together with the net, the data and the machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    data: str = "digits"
    resize: bool = False
    target: Literal["torch", "numpy"] = "torch"
    epochs: Annotated[int, Field(ge=1)] = 10
    batch: Annotated[int, Field(ge=1)] = 256
    optimizer: Literal["sgd", "adam"] = "sgd"
    lr: Annotated[float, Field(gt=0, allow_inf_nan=False)] = LEARNING_RATES["sgd"]
    loss: Literal["cross_entropy", "mean_squared_error"] = "cross_entropy"
    init: Literal["xavier", "kaiming", "default"] = "xavier"
    seed: Annotated[int, Field(ge=0)] = 0
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    channels_last: bool = False
    compile: bool = False
