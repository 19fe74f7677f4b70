"""A tile network gives its embedding with its weight file unchanged, and its last layer makes the logit of it."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from models.embedding import embed_tiles, embedding_session, embedding_tensor, run_tiles
from models.errors import WeightsError
from models.registry import find_model
from models.runtime import open_session, score_tiles

TILES = np.random.default_rng(0).integers(0, 256, (5, 50, 50, 3), dtype=np.uint8)


def test_the_last_layer_makes_the_logit_of_the_embedding() -> None:
    model = find_model("idc-screen")
    logits, vectors = run_tiles(embedding_session(model), TILES)
    assert logits == pytest.approx(score_tiles(open_session(model.weights()), TILES), abs=1e-6)
    held = {one.name: numpy_helper.to_array(one) for one in onnx.load(model.weights("onnx-fp32")).graph.initializer}
    weight, bias = held["net.classifier.weight"], held["net.classifier.bias"]
    assert vectors.shape == (5, weight.shape[1])
    assert (vectors @ weight.T + bias)[:, 0] == pytest.approx(logits, abs=0.15)  # its weights are in seven bits


def test_batches_make_no_difference() -> None:
    session = embedding_session(find_model("idc-screen"))
    assert embed_tiles(session, TILES, batch=2) == pytest.approx(embed_tiles(session, TILES), abs=1e-4)


def test_a_tensor_that_the_network_has_not_is_named() -> None:
    with pytest.raises(WeightsError, match="no-such-tensor"):
        embedding_session(find_model("idc-screen"), "no-such-tensor")


def test_the_embedding_is_what_goes_into_the_last_layer_before_it_is_quantised() -> None:
    model = find_model("idc-screen")
    graph = onnx.load(model.weights()).graph
    made_by = {output: node.op_type for node in graph.node for output in node.output}
    assert made_by[embedding_tensor(model)] not in ("QuantizeLinear", "DequantizeLinear")
