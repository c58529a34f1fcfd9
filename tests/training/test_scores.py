"""A net is trained up to its scores, and nothing else about it changes."""

from __future__ import annotations

import numpy as np
import pytest

from netspec.training.scores import number_of_scores, up_to_scores

from .nets import PLAIN, net_of

ENDS = {
    "softmax": "fc 10 -> softmax",
    "logsoftmax": "fc 10 -> logsoftmax",
    "a softmax in a group": "classifier: { fc 10 -> softmax }",
    "a group that is a softmax": "fc 10 \n likely: { softmax }",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_last_softmax_is_left_to_the_loss(end: str) -> None:
    net = net_of(f"net N {{ input 1x8x8 \n flatten \n {end} }}")
    scored = up_to_scores(net)
    assert [node.layer.kind for node in scored.nodes] == ["flatten", "fc"]
    assert list(scored.weights()) == list(net.weights())
    assert type(scored).from_json(scored.to_json()) == scored
    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
    whole, part = net.to_numpy(seed=0), scored.to_numpy(seed=0)
    np.testing.assert_array_equal(whole(x).argmax(1), part(x).argmax(1))
    assert list(scored.to_torch().state_dict()) == list(net.to_torch().state_dict())


@pytest.mark.parametrize("end", ["fc 10", "fc 10 -> relu", "softmax -> fc 10"])
def test_a_net_without_one_is_trained_as_it_is(end: str) -> None:
    net = net_of(f"net N {{ input 1x8x8 \n flatten -> {end} }}")
    assert up_to_scores(net) is net


def test_scores_are_a_vector() -> None:
    assert number_of_scores(net_of(PLAIN)) == 10
    with pytest.raises(ValueError, match="gives 4x6x6, which is no vector of scores"):
        number_of_scores(net_of("net N { input 1x8x8 \n conv 4 3x3 }"))
