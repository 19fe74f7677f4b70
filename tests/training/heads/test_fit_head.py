"""Heads learn from bags' labels alone, hold patients out whole, repeat by seed, and refuse what cannot be fitted."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from models.heads.head_manifest import HeadKind
from training.data.bag_set import BagSet
from training.errors import TrainingError
from training.heads.fit_head import choose_and_fit, fit_head, fit_projection, say, say_of_rows
from training.heads.fitting import fit_members, table_of
from training.heads.head_options import KINDS, HeadOptions, options_of

QUICK = {"hidden": 8, "epochs": 12, "members": 2, "learning_rate": 0.02}


def made_bags(count: int = 40, seed: int = 0, split: str = "a") -> BagSet:
    """Bags of 4 to 12 instances with 5 numbers; a positive one holds two instances that are high in the first."""
    rng = np.random.default_rng(seed)
    bags, labels = [], np.arange(count) % 2
    for label in labels:
        bag = rng.normal(size=(int(rng.integers(4, 13)), 5)).astype(np.float32)
        if label:
            bag[:2, 0] += 5
        bags.append(bag)
    patients = np.array([f"{split}{number // 2}" for number in range(count)])
    return BagSet(tuple(bags), labels.astype(np.int64), patients, np.array([f"bag{i}" for i in range(count)]))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_finds_the_instances_that_make_a_bag_positive(kind: HeadKind) -> None:
    test = made_bags(60, seed=9)
    fitted = fit_head(made_bags(), HeadOptions(kind=kind, top_share=0.2, **QUICK))
    assert roc_auc_score(test.labels, say(fitted, test.bags)) > 0.85


@pytest.mark.parametrize("kind", ["gated-attention", "dual-stream"])
def test_attention_lies_on_the_instances_that_decide(kind: HeadKind) -> None:
    fitted = fit_head(made_bags(), HeadOptions(kind=kind, top_share=0.2, **QUICK))
    shares = []
    for bag in made_bags(20, seed=9).bags[1::2]:
        with torch.inference_mode():
            shares.append(float(fitted.ensemble(torch.from_numpy(bag))[1][:2].sum()) * len(bag) / 2)
    assert np.mean(shares) > 1.5  # times what they would have by chance


def test_the_same_seed_gives_the_same_weights_and_leaves_torch_s_own_chance_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    options = HeadOptions(**{**QUICK, "epochs": 2})
    first = fit_head(made_bags(), options)
    assert torch.equal(torch.rand(1), expected)
    second = fit_head(made_bags(), options)
    for name, weight in first.ensemble.state_dict().items():
        assert torch.equal(weight, second.ensemble.state_dict()[name])
    assert np.array_equal(first.held_out, second.held_out)


def test_a_member_is_not_changed_by_the_labels_it_holds_out_but_for_its_epoch() -> None:
    bags = made_bags()
    table = table_of([torch.from_numpy(bag) for bag in bags.bags], bags.labels)
    turned = bags.labels.copy()
    turned[:4] = 1 - turned[:4]
    held = np.zeros((2, len(bags)), dtype=bool)
    held[:, :4] = True
    options = HeadOptions(**{**QUICK, "epochs": 1})
    one = fit_members(table, ~held, held, options)
    other = fit_members(table_of([torch.from_numpy(bag) for bag in bags.bags], turned), ~held, held, options)
    assert np.array_equal(one.logits, other.logits)


def test_a_table_of_rows_says_what_the_bags_themselves_say() -> None:
    fitted = fit_head(made_bags(), HeadOptions(**QUICK))
    table = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    rows = np.array([[0, 1, 2, 2], [19, 4, 4, 7]])
    assert say_of_rows(fitted, table, rows) == pytest.approx(say(fitted, tuple(table[own] for own in rows)), abs=1e-5)


def test_a_validation_set_chooses_and_its_patients_may_not_be_among_those_fitted() -> None:
    train, val = made_bags(), made_bags(20, seed=4, split="b")
    fitted = choose_and_fit(train, (HeadOptions(kind="mean", **QUICK), HeadOptions(kind="max", **QUICK)), val)
    assert len(fitted.held_out) == len(val)
    assert 0 <= fitted.threshold <= 1
    with pytest.raises(TrainingError, match="Patient a0"):
        fit_head(train, HeadOptions(**QUICK), train)


def test_bags_of_one_class_or_of_too_few_patients_are_refused() -> None:
    bags = made_bags()
    with pytest.raises(TrainingError):
        fit_head(bags.take(bags.labels == 1), HeadOptions(**QUICK))
    with pytest.raises(TrainingError):
        fit_head(bags.take(np.arange(len(bags)) < 2), HeadOptions(**QUICK))
    with pytest.raises(TrainingError, match="one class"):
        fit_head(bags, HeadOptions(**QUICK), made_bags(4, split="b").take(np.array([0, 2])))


def test_embeddings_of_two_models_do_not_mix() -> None:
    wide = made_bags(8, split="b")
    wide = BagSet(tuple(np.tile(bag, 2) for bag in wide.bags), wide.labels, wide.patients, wide.names)
    with pytest.raises(TrainingError, match="10"):
        fit_head(made_bags(), HeadOptions(**QUICK), wide)


def test_the_projection_centres_scales_and_keeps_the_axes_of_most_variance() -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(size=(500, 1))
    values = np.hstack([common + 0.1 * rng.normal(size=(500, 3)), np.full((500, 1), 7.0)]).astype(np.float32)
    with torch.no_grad():
        kept = fit_projection(values, 1)(torch.from_numpy(values)).numpy()
        every = fit_projection(values, 4)(torch.from_numpy(values)).numpy()
    assert abs(np.corrcoef(kept[:, 0], common[:, 0])[0, 1]) > 0.99
    assert every.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-4)
    assert every.std(axis=0) == pytest.approx([1, 1, 1, 0], abs=1e-3)


def test_an_unknown_kind_is_named_with_those_there_are() -> None:
    assert [one.kind for one in options_of("all", (8,), 1)] == list(KINDS)
    with pytest.raises(TrainingError, match="gated-attention"):
        options_of("transformer", (8,), 1)
