// Small helpers for elements. Text is always set as text, never as HTML.

/** make("button", {type: "button", onclick, "aria-label": …}, child or text, …) */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((it) => it != null));
  return element;
}

/** Puts values into the {places} of a text. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function button(label, onclick, attributes = {}) {
  return make("button", { type: "button", onclick, ...attributes }, label);
}

/** A button that stays pressed; `change` is told whether it is. */
export function toggle(label, pressed, change) {
  const it = button(label, () => {
    const on = it.getAttribute("aria-pressed") !== "true";
    it.setAttribute("aria-pressed", on);
    change(on);
  });
  it.setAttribute("aria-pressed", pressed);
  return it;
}

/** A slider in per cent with its name before it and its value after it. */
export function slider(label, share, change) {
  const told = make("output", {}, `${Math.round(share * 100)}%`);
  const input = make("input", { type: "range", min: 0, max: 100, step: 1, value: Math.round(share * 100) });
  input.addEventListener("input", () => {
    told.textContent = `${input.value}%`;
    change(Number(input.value) / 100);
  });
  return make("label", { class: "slider" }, make("span", {}, label), input, told);
}
