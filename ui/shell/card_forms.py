"""Forms of what the bundled model's card says, by which a language tells it; another model's stay its maker's."""

from collections.abc import Sequence
from typing import Final

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
)
