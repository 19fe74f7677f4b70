// Lengths and magnifications on the screen, from um per px. Numbers in, words out.

/** The longest of 1, 2 and 5 times a power of ten um that fits into `mostPx` of the screen: {um, px}. */
export function scaleBar(umPerPx, mostPx) {
  const most = umPerPx * mostPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const um = [5, 2, 1].map((it) => it * power).find((it) => it <= most);
  return { um, px: um / umPerPx };
}

/** A length as people say it: um below a millimetre. */
export function lengthWords(um, locale) {
  const [value, unit] = um >= 1000 ? [um / 1000, "mm"] : [um, "µm"];
  return `${value.toLocaleString(locale, { maximumSignificantDigits: 3 })} ${unit}`;
}

/** The objective that shows as much: 40 at 0.25 um a px. */
export function magnification(umPerPx) {
  return 10 / umPerPx;
}

export function magnificationWords(umPerPx, locale) {
  const power = magnification(umPerPx);
  return `${power.toLocaleString(locale, { maximumSignificantDigits: 2 })}×`;
}
