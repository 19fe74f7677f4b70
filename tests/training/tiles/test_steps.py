"""A step of training comes to the same however its batch is cut and shared, and survives a lack of memory."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from models.networks import TileNetwork  # noqa: E402
from training.data.tile_set import TileSet  # noqa: E402
from training.errors import TrainingError  # noqa: E402
from training.tiles import steps  # noqa: E402
from training.tiles.fitting import fit  # noqa: E402
from training.tiles.keyed_random import Purpose, keyed_generator, keyed_seed, torch_seeded  # noqa: E402
from training.tiles.loss import positive_weight  # noqa: E402
from training.tiles.options import Augmentation, FitOptions  # noqa: E402
from training.tiles.parallel import Team  # noqa: E402
from training.tiles.steps import Task, learning_weights, running_statistics, set_gradients  # noqa: E402

CPU = torch.device("cpu")
STILL = Augmentation(
    scale=0, shift=0, stain=0, stain_offset=0, colour=0, white=0, gamma=0, blur_share=0, noise=0, jpeg_share=0
)
FIT = FitOptions(epochs=1, batch=12, mixup=0, frozen_stages=0, augmentation=STILL, positive_weight=1.5)
NO_SCALER = torch.amp.GradScaler("cpu", enabled=False)


def plain_tiles(n: int = 12) -> TileSet:
    """Tiles of one colour each: turning and mirroring changes nothing."""
    rng = np.random.default_rng(0)
    tiles = np.broadcast_to(rng.integers(60, 250, (n, 1, 1, 3), np.uint8), (n, 16, 16, 3)).copy()
    return TileSet(tiles, np.arange(n, dtype=np.int64) % 2, np.array([f"p{i % 4}" for i in range(n)]))


def network(name: str = "test_efficientnet") -> TileNetwork:
    torch.manual_seed(3)
    made = TileNetwork(name, 32, (127.0,) * 3, (60.0,) * 3)
    for weight in made.net.get_classifier().parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return made.train()


def task(team: Team | None = None, options: FitOptions = FIT) -> Task:
    return Task(plain_tiles(), options, 1.5, torch.float32, team or Team(0, 1, CPU))


def gradients_of(made: TileNetwork, micro_batch: int, given: Task | None = None) -> list["torch.Tensor"]:
    set_gradients(made, given or task(), np.arange(12), (1, 0), micro_batch, NO_SCALER)
    return [weight.grad for weight in learning_weights(made) if weight.grad is not None]


def test_without_batch_statistics_parts_give_the_gradient_of_the_whole_batch() -> None:
    whole, parts = gradients_of(network("test_vit"), 12), gradients_of(network("test_vit"), 5)
    largest = max(float(gradient.abs().max()) for gradient in whole)
    assert largest > 1e-3
    rounding = 1e-6 * largest  # in what order 32-bit numbers are added is the processor's choice
    assert all(torch.allclose(one, other, rtol=1e-5, atol=rounding) for one, other in zip(whole, parts, strict=True))


def test_running_statistics_are_the_mean_over_the_parts_wherever_they_were_seen() -> None:
    sums = []
    for team in (Team(0, 1, CPU), Team(0, 2, CPU), Team(1, 2, CPU)):
        made = network()
        sums.append(steps._sum_of_parts(made, task(team), np.arange(12), (1, 0), 4, NO_SCALER))
    alone, first, second = sums
    assert torch.allclose(alone, first + second, rtol=0, atol=1e-12)
    assert float(first.abs().sum()) > 0
    assert float(second.abs().sum()) > 0
    made = network()
    before = [value.clone() for value in running_statistics(made)]
    set_gradients(made, task(), np.arange(12), (1, 0), 4, NO_SCALER)
    assert any(not torch.equal(one, other) for one, other in zip(before, running_statistics(made), strict=True))


def test_where_memory_runs_out_parts_are_halved_until_they_fit_and_the_batch_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, seen = network(), []
    through = made.score_images

    def scarce(images: "torch.Tensor") -> "torch.Tensor":
        seen.append(len(images))
        if len(images) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
        return through(images)

    monkeypatch.setattr(made, "score_images", scarce)
    taken = set_gradients(made, task(), np.arange(12), (1, 0), 12, NO_SCALER)
    assert taken.micro_batch == 3
    assert seen == [12, 6, 3, 3, 3, 3]
    roomy = network()
    set_gradients(roomy, task(), np.arange(12), (1, 0), 3, NO_SCALER)
    pairs = zip(learning_weights(made), learning_weights(roomy), strict=True)
    assert all(torch.equal(one.grad, other.grad) for one, other in pairs)


def test_no_memory_for_two_tiles_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    made = network()

    def none_left(images: "torch.Tensor") -> "torch.Tensor":
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")

    monkeypatch.setattr(made, "score_images", none_left)
    with pytest.raises(TrainingError, match="not enough memory on cpu for 2 tiles"):
        set_gradients(made, task(), np.arange(12), (1, 0), 12, NO_SCALER)


def test_other_faults_are_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    made = network()

    def broken(images: "torch.Tensor") -> "torch.Tensor":
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(made, "score_images", broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        set_gradients(made, task(), np.arange(12), (1, 0), 12, NO_SCALER)


def test_a_loss_that_is_no_number_ends_with_a_sentence() -> None:
    made = network()
    with torch.no_grad():
        next(iter(made.net.get_classifier().parameters())).fill_(float("nan"))
    with pytest.raises(TrainingError, match=r"no longer a number \(epoch 1, step 1\).*learning_rate"):
        fit(made, plain_tiles(), plain_tiles(), FIT)


def test_random_numbers_belong_to_their_place_and_purpose() -> None:
    seeds = {keyed_seed(1, purpose, epoch, part) for purpose in Purpose for epoch in range(3) for part in range(3)}
    assert len(seeds) == len(Purpose) * 9
    assert keyed_seed(1, Purpose.ORDER, 2) == keyed_seed(1, Purpose.ORDER, 2) != keyed_seed(2, Purpose.ORDER, 2)
    first, again = (torch.rand(3, generator=keyed_generator(1, Purpose.ORDER, 2)) for _ in range(2))
    assert torch.equal(first, again)


def test_seeding_torch_for_a_part_leaves_its_generator_as_it_was() -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    with torch_seeded(9, CPU):
        torch.rand(5)
    assert torch.equal(torch.rand(1), expected)


def test_auto_makes_both_classes_weigh_the_same_and_one_class_is_refused() -> None:
    labels = np.array([1, 0, 0, 0], np.int64)
    assert positive_weight(labels, FitOptions()) == 3.0
    assert positive_weight(labels, FitOptions(positive_weight=1.7)) == 1.7
    with pytest.raises(TrainingError, match="All 4 training tiles have the label 0"):
        positive_weight(np.zeros(4, np.int64), FitOptions())


@pytest.mark.parametrize(("precision", "nearly"), [("bf16", 0.02), ("fp16", 0.2)])
def test_half_precision_gives_nearly_the_same_network(precision: str, nearly: float) -> None:
    # fp16 passes over its first steps until its gradients fit into half precision.
    options = FIT.model_copy(update={"batch": 6, "learning_rate": 1e-3})
    tiles = plain_tiles()
    full = fit(network(), tiles, tiles, options)
    half = fit(network(), tiles, tiles, options.model_copy(update={"precision": precision}))
    ours, theirs = full.network.net.state_dict(), half.network.net.state_dict()
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) < nearly
    assert any(not torch.equal(ours[name], theirs[name]) for name in ours)
    assert all(weight.dtype == torch.float32 for weight in half.network.net.parameters())


def test_patience_stops_a_run_that_does_not_become_better(monkeypatch: pytest.MonkeyPatch) -> None:
    from training.tiles import fitting

    aucs = iter([0.6, 0.8, 0.7, 0.8, 0.9])
    monkeypatch.setattr(fitting, "choosing_auc", lambda *_: next(aucs))
    found = fit(network(), plain_tiles(), plain_tiles(), FIT.model_copy(update={"epochs": 5, "patience": 2}))
    assert found.validation_auc == (0.6, 0.8, 0.7, 0.8)
    assert found.kept == (2, 3, 4)
