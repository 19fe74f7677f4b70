"""Everything a training run is told, checked before it starts. Needs no torch, so that the command line can show it."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from models.calibration import CalibrationKind
from models.manifest import Name, Sentence
from training.errors import TrainingError

RECIPES = Path(__file__).resolve().parent / "recipes"
Share = Annotated[float, Field(ge=0, le=1)]


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Augmentation(_Options):
    """How strong each random change of a training tile may be; zero turns it off."""

    scale: float = Field(default=0.2, ge=0, le=1)
    """Zoom in or out by up to this share: pixel size and section differ between scanners."""
    shift: float = Field(default=0.08, ge=0, le=0.5)
    """Move by up to this share of the tile."""
    any_angle_share: Share = 0.5
    """Share of tiles turned by any angle; the others are turned by right angles. All are mirrored half of the time."""
    stain: float = Field(default=0.25, ge=0, le=1)
    """Strength of each stain, up or down, by up to this share."""
    stain_offset: float = Field(default=0.06, ge=0, le=1)
    """Evenly added stain, in optical density: over-stained or washed-out sections, tinted background."""
    colour: float = Field(default=0.15, ge=0, le=1)
    """Saturation and contrast, up or down, by up to this share."""
    white: float = Field(default=0.12, ge=0, le=1)
    """How far each channel's white point may fall: pink, yellow or grey background."""
    gamma: float = Field(default=0.2, ge=0, lt=1)
    """Exponent of brightness, up or down, by up to this share."""
    blur_share: Share = 0.25
    """Share of tiles that are blurred, with a Gaussian of up to 1.2 px of the tile."""
    noise: float = Field(default=3.0, ge=0, le=64)
    """Standard deviation of added noise, grey levels, at most."""
    jpeg_share: Share = 0.1
    """Share of tiles that are compressed as JPEG (quality 30 to 90) and read again, as scanners do."""
    restained_share: Share = 0.0
    """Share of tiles that are given the stain of another training tile by Macenko's method: see ADR 82."""


class FitOptions(_Options):
    """Every number that decides how a network is fine-tuned."""

    epochs: int = Field(default=12, ge=1)
    batch: int = Field(default=48, ge=2)
    """Tiles a step, over all processes."""
    micro_batch: int | None = Field(default=None, ge=2)
    """A step is cut into parts of at most this many tiles, each with batch statistics of its own; the whole batch if
    left out. Whole parts go to processes, so the result does not depend on how many there are: see ADR 81."""
    learning_rate: float = Field(default=4e-4, gt=0)
    """Of the network's body; the new head learns four times as fast. One epoch of warm-up, then a cosine to zero."""
    weight_decay: float = Field(default=0.05, ge=0)
    label_smoothing: Share = 0.05
    """The outlines that the labels come from were drawn by hand at low power: edge tiles are often wrong."""
    positive_weight: Annotated[float, Field(gt=0)] | Literal["auto"] = "auto"
    """A positive tile counts this many times; `auto`: as often as makes both classes weigh the same."""
    mixup: float = Field(default=0.2, ge=0)
    """Alpha of the Beta distribution by which two tiles are blended; 0 turns it off."""
    frozen_stages: int = Field(default=2, ge=0)
    """The stem and this many stages keep their first weights, where these were trained; their statistics are taken
    from our tiles."""
    average_decay: float = Field(default=0.99, ge=0, lt=1)
    """Of the running mean of the weights, a step."""
    keep_epochs: int = Field(default=3, ge=1)
    """The result is the mean of this many epochs' averaged weights, those with the best validation AUC."""
    choose_by: Literal["patients", "tiles"] = "patients"
    """Whose validation AUC chooses epochs: with every patient weighing the same, or with every tile."""
    patience: int | None = Field(default=None, ge=1)
    """Stop after this many epochs without a better validation AUC; never if left out."""
    clip_norm: float = Field(default=2.0, gt=0)
    """Longest step of the gradient, as a Euclidean norm over all weights."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Of the network's arithmetic; `auto`: fp32 on a CPU, on a GPU bf16 where it has it, else fp16."""
    checkpoint_steps: int = Field(default=100, ge=1)
    """A checkpoint is written every so many steps, and after each epoch."""
    seed: int = Field(default=1, ge=0)
    augmentation: Augmentation = Augmentation()


class Description(_Options):
    """What only a person can say about a model: it goes into the manifest and the card."""

    classes: tuple[Sentence, Sentence] = ("negative", "positive")
    """Names of label 0 and label 1."""
    positive: Sentence = "positive"
    positive_means: Sentence = "The tile is like those labelled 1 in the training file."
    training_data: Sentence = "Labelled tiles that were not described further."
    licence: Sentence = "Not stated."
    intended_use: Sentence = "Research. Not for clinical use."
    limits: tuple[Sentence, ...] = ("Not for clinical use.", "It was not tested beyond the file it was trained on.")
    of_tiles: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of the tile file that `training_data`, `licence` and `limits` speak of; any file if left out. A model of
    other tiles is not given these words."""
    of_version: Name | None = None
    """The version that `limits_of_version` was measured on."""
    limits_of_version: tuple[Sentence, ...] = ()
    """What holds of that version alone, such as figures; it comes after `limits`."""

    def for_run(self, version: str, tiles_sha256: str) -> Self:
        """What may be said of a model of this version that was trained on the tile file of this SHA-256."""
        if self.of_tiles not in (None, tiles_sha256):
            plain = Description()
            told = {"training_data": plain.training_data, "licence": plain.licence, "limits": plain.limits}
            return self.model_copy(update=told)
        more = self.limits_of_version if version == self.of_version else ()
        return self.model_copy(update={"limits": self.limits + more})


class TrainOptions(_Options):
    """One run of `forrang train tiles`."""

    tiles: Path
    """Parquet file with `png, patient, label, split`; splits train, val and test."""
    out: Path
    """Folder in which the model's own folder is made, under its name."""
    name: Name = "tiles"
    version: Name = "0.1.0"
    network: str = "tf_efficientnet_lite0"
    """Name in timm, or `hf-hub:owner/name` of a timm model on the Hugging Face hub (needs internet once)."""
    network_args: dict[str, JsonValue] = {}
    """What timm is told beyond the name, as `{dynamic_img_size: true}`."""
    start: str = "auto"
    """First weights: `auto` (ImageNet where a package brings them, else the hub's for an `hf-hub:` name, else random),
    `random`, `download` (timm's own, needs internet), a safetensors file, or an own model's name or folder."""
    tile_px: int = Field(default=50, ge=8)
    mpp: float = Field(default=4.0, ge=0.05, le=20)
    input_px: int = Field(default=96, ge=8)
    mean: tuple[float, float, float] | None = None
    """Taken off each channel, grey levels; what the network was first trained with if left out."""
    std: tuple[float, float, float] | None = None
    """Each channel is divided by this, grey levels; likewise."""
    drop_rate: Share = 0.3
    drop_path_rate: Share = 0.1
    fit: FitOptions = FitOptions()
    mixed_with: tuple[FitOptions, ...] = ()
    """Further fits from the same first weights; the network is the mean of all of their weights, at the price of one:
    see ADR 98."""
    description: Description = Description()
    prevalence: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of positive tiles that probabilities are calibrated for; that of the calibrating tiles if left out."""
    tile_sensitivity: Share = 0.9
    """The tile threshold is the highest that keeps this sensitivity on the validation split."""
    bag_sensitivity: Share = 0.8
    """The same, for the slide threshold on bags of validation tiles."""
    areas_mm2: tuple[float, ...] = (0.4, 0.8, 1.6, 3.2)
    """Areas to choose the slide rule's from, on bags of validation tiles."""
    threads: int = Field(default=2, ge=1)
    """Of each process, on a CPU."""
    float_convolutions: Annotated[int, Field(ge=0)] = 0
    """The first so many are left in float in the int8 file: with few channels, to round them costs more than it saves
    (ADR 10)."""
    calibrate_on: Literal["val", "folds"] = "val"
    """What probabilities are fitted to: scores of the validation split; with `folds`, corrected by those out of fold,
    which a cross-validation (`forrang train tiles --folds 3`) must have left in `out` before. See `tiles.meaning`."""
    calibration: CalibrationKind = "platt"
    """How tile logits become probabilities: `platt`, `temperature` or `isotonic`; see `models.calibration`."""
    surroundings_um: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """How far the tissue round a tile reaches (standard deviation, um), where it is to join in what the tile is called;
    needs `x` and `y` in the tile file. See `models.surroundings`."""
    unsure_coverage: Annotated[float, Field(gt=0, lt=1)] = 0.9
    """Share of each class, at least, of a new patient's tiles that is not called surely of the other class."""

    @classmethod
    def from_recipe(cls, recipe: Path | None, **given: Any) -> Self:
        """Options from a recipe file (or its name, as `idc-screen`), with what was `given` put over it.

        `epochs` and `seed` go into every fit, those of `mixed_with` too; a value of None means not given. Raises
        TrainingError naming the field.
        """
        values = {} if recipe is None else _read_recipe(recipe)
        values |= {key: value for key, value in given.items() if value is not None and key not in {"epochs", "seed"}}
        fit = {key: given[key] for key in ("epochs", "seed") if given.get(key) is not None}
        values["fit"] = {**values.get("fit", {}), **fit}
        if fit and isinstance(mixed := values.get("mixed_with"), list):
            values["mixed_with"] = [{**it, **fit} if isinstance(it, dict) else it for it in mixed]
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors())
            raise TrainingError(f"{recipe or 'training options'}: {faults}. Mend these fields.") from error


def _read_recipe(recipe: Path) -> dict[str, Any]:
    path = recipe if recipe.suffix else RECIPES / f"{recipe.name}.yaml"
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        known = ", ".join(sorted(file.stem for file in RECIPES.glob("*.yaml")))
        raise TrainingError(f"{path}: this recipe cannot be read ({error}). Ready-made ones are: {known}.") from error
    if not isinstance(values, dict):
        raise TrainingError(f"{path}: a recipe is a list of `name: value` lines. See {RECIPES / 'idc-screen.yaml'}.")
    return values
