// Lets the reader choose the language, keeps the choice in this browser, and says on the page which one it is in.

const A_YEAR_S = 31536000;

export default function ({ parentElement, data, setTriggerValue }) {
  document.documentElement.lang = data.chosen;
  const box = parentElement.querySelector("[role=group]");
  box.setAttribute("aria-label", data.label);
  box.replaceChildren(
    ...Object.entries(data.languages).map(([code, name]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.lang = code;
      button.textContent = name;
      button.setAttribute("aria-pressed", String(code === data.chosen));
      button.onclick = () => {
        document.cookie = `${data.cookie}=${code}; path=/; max-age=${A_YEAR_S}; samesite=lax`;
        setTriggerValue("chosen", code);
      };
      return button;
    }),
  );
}
