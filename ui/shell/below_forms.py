"""Forms of the sentences that the rooms below the app say in English, by which a visitor's language tells them.

A room below stores a sentence, or puts it into an error. What stands in its {places} is told in its turn; a place whose
name begins with n_ holds a number. More particular forms come first.
"""

from collections.abc import Mapping, Sequence
from typing import Final

QUALITY: Final[Sequence[str]] = (
    "AI could not read {n_some} of {n_all} slides: {reasons}",
    "AI could not read {n_some} of {n_all} slide: {reasons}",
    "no tissue found: check that the slide holds a section and that it was scanned whole; rescan if so",
    "the area is not known, since the slide's resolution is not; give it with --mpp",
    "only {n_area} mm² of tissue: check that the section was scanned whole",
    "focus was not judged: the slide's resolution is too low for it, unknown, or there is no tissue",
    "{n_part}% of the tissue is out of focus: look there yourself, or rescan",
    "rescan: {n_part}% of the tissue is out of focus",
    "exposure was not judged: there is no tissue",
    "{n_part}% of the tissue is too dark or too strongly coloured for the camera: check the scanner's exposure",
    (
        "correct the scanner's exposure and rescan: {n_part}% of the tissue is too dark or too strongly "
        "coloured for the camera"
    ),
    "pen covers {n_part}% of the tissue and what is near it: nothing under it is scored; look there",
    "pen covers {n_part}% of the tissue and what is near it: wipe the slide and rescan",
    "the picture is black: no light reached the camera; rescan in bright field",
    (
        "not bright-field H&E: light on a black background, as in fluorescence; scan an H&E section in bright"
        " field, or read this slide without AI"
    ),
    "not H&E: the picture has no colour; rescan in colour, or check the stain",
    (
        "not H&E: only {n_part}% of the coloured area has the colours of H&E; check that this is an H&E slide"
        " and rescan, or read it without AI"
    ),
    (
        "{n_part}% of the coloured area is brown as in immunohistochemistry (DAB), which the model was never "
        "shown; do not rely on the score, read the slide"
    ),
    "{n_some} of {n_all} tiles could not be read, first: {why}; copy the file again or rescan the slide",
    "its result could not be made ({why}); read it without a score",
    (
        "its finest level has {n_mpp} um per px, and {model} reads {n_wanted}: what it looks for cannot be "
        "seen. Check the resolution, scan finer, or choose another model"
    ),
    "no tile holds enough tissue to be scored; read it without a score",
    "could not be read ({why}); read it without a score",
    "no such file any more ({why}). Check that its disk is mounted",
    "no such file. Check the path, and that its disk is mounted",
    "cannot be read any more ({why}). Check its disk",
    "a folder, not a slide. Name the slides in it, or score the folder",
    "this user may not read it. Grant read permission",
    "the file is empty (0 bytes). Copy the file again from its source, or scan the slide again",
    "cannot be read ({why}). Copy the file again from its source, or scan the slide again",
    (
        "this {vendor} file is damaged or of a kind that cannot be read ({why}). Copy the file again from its"
        " source, or scan the slide again"
    ),
    (
        "this {kind} image is damaged or of a kind that cannot be read ({why}). Copy the file again from its "
        "source, or export it as 8-bit RGB"
    ),
    (
        "not a slide or image that can be read here: its content is of no known kind. Export it again from "
        "the scanner as SVS, NDPI, DICOM or pyramidal TIFF"
    ),
    (
        "this DICOM file cannot be read as a slide: {why}. Export the slide again, as VL Whole Slide "
        "Microscopy with JPEG or JPEG 2000 frames in a full grid"
    ),
    (
        "stored tile {n_column}, {n_row} (column, row) of level {n_level} cannot be decoded: {why}. Copy the "
        "file again from its source, or scan the slide again"
    ),
    "resolution unknown: the file does not say how many um a px measures. {todo}",
    (
        "the process that read it {why}; copy the file again from the scanner, or rescan the slide; a slide "
        "that needs it gets more with --memory-gb or --slide-minutes"
    ),
    "was killed, perhaps by the system for want of memory",
    "ended by itself (status {n_code})",
    "took more than {n_gb} GB of memory",
    "took longer than {n_minutes} minutes",
    "not to be read by the AI: {why}",
    "{n_losses} workers have died while they had it",
    "the file is cut short; copy it again",
    "the file does not say in which order its frames lie: taken {order}, as their edges fit best",
    "row by row",
    "column by column",
    "the {source} gives {n_x} x {n_y} um per px, which makes no sense for a slide, so it was ignored",
    "px of {n_x} x {n_y} um were taken as square with the mean, {n_mean} um",
)
"""What the AI's checks and readers say of a slide."""

HANDS: Final[Sequence[str]] = (
    (
        "a slide could not be read by {model}, however often it was tried; `forrang jobs list --state dead` "
        "tells why. Mend or replace its file, then `forrang jobs retry {job}`; until then its case shows it "
        "as failed"
    ),
    (
        "Case {case}, slide {slide}: {person} asks for a rescan ({why}). Scan it again under the same file "
        "name, or close this once the case has its new file."
    ),
    (
        "{one} of case {case} is the same file as {two} of case {other}. Check whose slide it is, and remove "
        "one of the two files."
    ),
    "{one} is the same file as {two}, a slide of case {case} already; not added twice. Remove one of the two files.",
    "is the same file as {two}, a slide of case {case} already; not added twice",
    "Cases {case} and {other} differ by capitals alone: look whether they are one, and correct the source.",
    "An order was refused: {why}.",
    "A message was refused: {why}. Have its sender correct it and send it again.",
    (
        "No order comes in: the site's key for patients' numbers is missing here, damaged, or another "
        "store's. `forrang doctor` says which file; put it back from its backup. The senders keep the orders "
        "meanwhile."
    ),
    "DICOM from {sender}: {n_many} instances refused, such as: {why}",
    "FHIR from {sender}: {why} (and {n_more} more). Mend it there and send it again",
    "FHIR from {sender}: {why}. Mend it there and send it again",
    "The watched folder {folder} cannot be read, so its slides do not come in. Check the share and its rights.",
    "A slide of {sender} cannot be taken in: {why}.",
    (
        "A slide of case {case} came after {person} had signed it out. Tell that person, or reopen the case: "
        "the slide waits on the unmatched list."
    ),
    "A slide of {sender} came without its case: {why}. Match it with `forrang intake match`.",
    "its case was signed out by {person}",
    "no case of its number has come yet",
    "case {case} has, which differs by capitals alone: match it, if it is that one's",
    "neither its name nor its attributes tell its case",
    "its name fits no pattern for slides",
    "its barcode fits no pattern for slides",
    "its name and its barcode or attributes name two different cases",
    "its DICOM attributes hold no accession number",
    "its DICOM attributes say too little ({why})",
    "its name or its folder's holds {kind}; rename it by the case's number",
    "its name is not in UTF-8; rename it",
    "a Danish CPR number",
    (
        "Case {case} was signed out by {person} before its order changed ({changes}). Tell that person, or "
        "reopen the case."
    ),
    "Orders of {sender} are on the list, but not as they were sent: {why}.",
    "no patient's number was sent, so the case stands with no other of its patient",
    "{field} held a patient's number, which was masked",
    "the order number holds a patient's number; a keyed hash stands for it",
    "the time of sending cannot be; the time of arrival stands for it: check the sender's clock",
    "the time of receipt cannot be; the time of sending stands for it: correct the order",
    (
        "Case {case}, {pathway}: the pathways file does not hold this pathway, so the strictest usual target "
        "stands for it. Add it to the pathways file, or have the order corrected; then have the order sent "
        "again."
    ),
    (
        "Case {case}: its orders speak of different patients. Look whose it is, and have the wrong order "
        "corrected; until then trust neither."
    ),
    (
        "Orders came for site {site}, which is not known. Their cases are on the list; add the site, or have "
        "the orders corrected."
    ),
    (
        "Orders came for site {site}, which is not used any more. Their cases are on the list; add the site, "
        "or have the orders corrected."
    ),
    "The second opinion of {person} came after the question was withdrawn, and agrees: read it before the sign-out.",
    ("The second opinion of {person} came after the question was withdrawn, and DIFFERS: read it before the sign-out."),
    (
        "The second opinion of {person} came after the sign-out by {other}, and agrees: read it; a "
        "coordinator can reopen the case."
    ),
    (
        "The second opinion of {person} came after the sign-out by {other}, and DIFFERS: read it; a "
        "coordinator can reopen the case."
    ),
    "Week of {week}: more than before: {what}. `forrang verdict discordant` lists them, the worst first.",
    "Week of {week}: {what}. Look at slides of these groups; what scanner, stain or case mix changed?",
    "{what}, {group}: PSI {n_psi} on {n_slides} slides (moved)",
    "{what}, {group}: PSI {n_psi} on {n_slides} slides (moved far)",
    "AI did not flag, reader positive: {n_count} of {n_of} ({n_part}%)",
    "AI flagged, reader negative: {n_count} of {n_of} ({n_part}%)",
    "AI had no score, reader positive: {n_count} of {n_of} ({n_part}%)",
    "folder {name}",
    "slide {n_id}",
    "file {hash}",
    "out of focus: {words}",
    "dirt or pen: {words}",
)
"""What stands on the operations list, and what waits for its case."""

REFUSALS: Final[Sequence[str]] = (
    (
        "case {case} has changed since it was shown: {changes}. Nothing was done: look at it again, then say "
        "what you want"
    ),
    (
        "case {case} has changed since it was shown: {changes}. It was not signed out: look at it again, then"
        " sign it out"
    ),
    "case {seen} was shown, not {case}; nothing was done",
    "it is with nobody now, and was with {before}",
    "it is with {now} now, and was with nobody",
    "it is with {now} now, and was with {before}",
    "{person} has begun to read it",
    "{person} marked it urgent",
    "it is not marked urgent any more",
    "a second opinion was asked for",
    "it waits for no second opinion any more",
    "it was reopened",
    "{person} signed it out",
    "{slide} is new, {state}",
    "{slide} is now {state}",
    "unscored",
    "scored",
    "flagged",
    "rejected",
    "failed",
    "case {case}: {person} signed it out at {when} UTC; a coordinator can reopen it",
    "case {case}: {person} signed it out at {when} UTC; nothing was changed",
    "case {case} is with {person}; ask them, or have a coordinator give it on",
    (
        "case {case} waits for the second opinion of {person}: give the case to another reader, or withdraw "
        "the question first"
    ),
    (
        "case {case} waits for the second opinion of {person}: wait for it, withdraw the question, or say "
        "that you sign out without it"
    ),
    "case {case} was signed out by {person}; have it reopened, then match it",
    "nobody has case {case}, so no answer would reach a reader; take it first",
    "no case {case} on the list; look at its number, or take it in first",
    "{person} reads no cases here; readers are: {readers}",
    "{person} has the case already; a second opinion is somebody else's",
    (
        "second opinion {n_number}: {person} answered it at {when} UTC; that stands: put what is new into a "
        "note, or ask again"
    ),
    "second opinion {n_number} was answered by {person}; it cannot be withdrawn",
    "second opinion {n_number} is not open any more; nothing was changed",
    "rescan {n_number} is not open any more; nothing was changed",
    "no open operation {n_number}; `forrang operations` lists those that are",
    (
        "operation {n_number} ({kind}) happened again since it was shown ({n_times} times by now): it was not"
        " closed; look at it again"
    ),
    "job {n_job}: it is not waiting or under way, or there is no such job; `forrang jobs list` shows them",
    "job {n_job}: it is neither dead nor cancelled, or there is no such job; `forrang jobs list` shows them",
    "{what}: nothing was written; say it in a few words",
    "{what}: {n_length} characters; keep it to {n_most}",
    "{what}: it holds {kind}; write it without, the case's number says whose it is",
    "note",
    "reason to reopen",
    "reason to withdraw",
    "reason why it is urgent",
    "what is wrong with the slide",
    "{login}: there is such a login already; change it, or take another",
    "{login} is the only admin; make somebody else an admin first",
    "{login}: no such login; `forrang people list` shows them",
    "{person} does not work here any more; an admin can change that",
    "{plan} comes with Forrang and stays as it is; save it under another name",
    "there is a plan {plan} already; choose another name",
    "somebody else has changed {plan} since you opened it; save yours under another name",
    "there is no plan {plan}; it may have been removed",
    "there is no question {question}; it may have been removed",
    "question {question} is being answered; stop it first",
    "question {question}: its answer cannot be read ({why}); ask again",
    "question {question} cannot be read ({why}); remove it",
    "{plan} is no name for a plan; use small letters, digits and hyphens, 60 at most",
)
"""Why an act was not done, and what has changed since a case was shown."""

INSTEAD: Final[Mapping[str, str]] = {
    "the area is not known, since the slide's resolution is not; give it with --mpp": (
        "the area is not known, since the slide's resolution is not"
    ),
    "no such file any more ({why}). Check that its disk is mounted": (
        "no such file any more. Check that its disk is mounted"
    ),
    "resolution unknown: the file does not say how many um a px measures. {todo}": (
        "resolution unknown: the file does not say how many µm a px measures. Scan or export it again with "
        "its resolution"
    ),
    (
        "the process that read it {why}; copy the file again from the scanner, or rescan the slide; a slide "
        "that needs it gets more with --memory-gb or --slide-minutes"
    ): (
        "the process that read it {why}; copy the file again from the scanner, or rescan the slide; whoever "
        "runs Forrang can give a slide more memory or time"
    ),
    (
        "a slide could not be read by {model}, however often it was tried; `forrang jobs list --state dead` "
        "tells why. Mend or replace its file, then `forrang jobs retry {job}`; until then its case shows it "
        "as failed"
    ): (
        "a slide could not be read by {model}, however often it was tried; Queue and workers tells why. Mend "
        "or replace its file, then press Try again there (job {job}); until then its case shows it as failed"
    ),
    (
        "No order comes in: the site's key for patients' numbers is missing here, damaged, or another "
        "store's. `forrang doctor` says which file; put it back from its backup. The senders keep the orders "
        "meanwhile."
    ): (
        "No order comes in: the site's key for patients' numbers is missing here, damaged, or another "
        "store's. Have whoever runs Forrang put it back from its backup. The senders keep the orders "
        "meanwhile."
    ),
    (
        "A slide of case {case} came after {person} had signed it out. Tell that person, or reopen the case: "
        "the slide waits on the unmatched list."
    ): (
        "A slide of case {case} came after {person} had signed it out. Tell that person, or reopen the case: "
        "the slide waits under Unmatched slides."
    ),
    "A slide of {sender} came without its case: {why}. Match it with `forrang intake match`.": (
        "A slide of {sender} came without its case: {why}. Say whose it is under Unmatched slides."
    ),
    "Week of {week}: more than before: {what}. `forrang verdict discordant` lists them, the worst first.": (
        "Week of {week}: more than before: {what}. Models, Feedback lists them, the worst first."
    ),
    "no open operation {n_number}; `forrang operations` lists those that are": (
        "entry {n_number} is not open any more; load the page again"
    ),
    (
        "operation {n_number} ({kind}) happened again since it was shown ({n_times} times by now): it was not"
        " closed; look at it again"
    ): (
        "entry {n_number} happened again since it was shown ({n_times} times by now): it was not closed; look"
        " at it again"
    ),
    "job {n_job}: it is not waiting or under way, or there is no such job; `forrang jobs list` shows them": (
        "job {n_job} is not waiting or under way any more; load the page again"
    ),
    "job {n_job}: it is neither dead nor cancelled, or there is no such job; `forrang jobs list` shows them": (
        "job {n_job} is not given up any more; load the page again"
    ),
    "{login}: no such login; `forrang people list` shows them": (
        "{login}: there is no such login any more; load the page again"
    ),
}
"""What a page says where the sentence names a command: what to press there, or whom to ask."""
