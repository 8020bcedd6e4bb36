// Suggestions under a search box while somebody types (the combobox of WAI-ARIA), and what was looked for here: this browser alone knows it.
import { one, all } from "/static/veche.js";

const KEY = "veche_searches";
const MOST = 8;

function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((words) => typeof words === "string" && words).slice(0, MOST) : [];
  } catch { return []; }
}

function keep(searches) {
  try {
    if (searches.length) localStorage.setItem(KEY, JSON.stringify(searches));
    else localStorage.removeItem(KEY);
  } catch { /* a browser that keeps nothing */ }
}

const address = (words) => `/search?${new URLSearchParams({ q: words })}`;

// What was looked for, as a list of links that can be forgotten.
const past = one("[data-past]");
function showPast() {
  const searches = recent();
  past.hidden = !searches.length;
  one("ul", past).replaceChildren(...searches.map((words) => {
    const line = document.createElement("li");
    line.append(Object.assign(document.createElement("a"), { href: address(words), textContent: words }));
    return line;
  }));
}
if (past) {
  showPast();
  one("button", past).addEventListener("click", () => { keep([]); showPast(); });
}

all("input[data-suggest]").forEach((input, at) => {
  const { suggest, recent: before, forget } = input.dataset;
  const list = Object.assign(document.createElement("ul"), { id: `suggestions-${at}`, className: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", suggest);
  input.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id], ["autocomplete", "off"]]) input.setAttribute(name, value);

  let timer, asked, options = [], active = -1;

  const mark = (to) => {
    active = to;
    [...list.children].forEach((line, n) => line.setAttribute("aria-selected", String(n === active)));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    }
  };
  const close = () => {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const choose = ({ href, act }) => {
    close();
    if (act) act();
    else location.assign(href);
  };
  const show = (found) => {
    options = found;
    list.replaceChildren(...options.map((option, n) => {
      const line = Object.assign(document.createElement("li"), { id: `${list.id}-${n}` });
      line.setAttribute("role", "option");
      const words = document.createElement("span");
      for (const [text, hit] of option.pieces ?? [[option.text, false]]) {
        words.append(hit ? Object.assign(document.createElement("mark"), { textContent: text }) : text);
      }
      line.append(words);
      if (option.what) line.append(" ", Object.assign(document.createElement("small"), { textContent: option.what }));
      // The box keeps the focus.
      line.addEventListener("pointerdown", (event) => event.preventDefault());
      line.addEventListener("click", () => choose(option));
      return line;
    }));
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
  };
  const showRecent = () => {
    const searches = recent().map((text) => ({ text, what: before, href: address(text) }));
    show(searches.length ? [...searches, { text: forget, act: () => { keep([]); } }] : []);
  };
  const look = async () => {
    asked?.abort();
    const words = input.value.trim();
    if (!words) return showRecent();
    asked = new AbortController();
    try {
      const answer = await fetch(`/search/suggest?${new URLSearchParams({ q: words })}`, { signal: asked.signal });
      if (answer.ok && document.activeElement === input) show(await answer.json());
    } catch { /* one searches without them as well */ }
  };

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 150); });
  input.addEventListener("focus", () => { if (!input.value.trim()) showRecent(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) {
      event.preventDefault();
      look();
    } else if (step) {
      event.preventDefault();
      // Before the first and behind the last is the box itself.
      const places = options.length + 1;
      mark(((active + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      choose(options[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  input.form.addEventListener("submit", () => {
    const words = input.value.trim();
    if (words) keep([words, ...recent().filter((known) => known !== words)].slice(0, MOST));
  });
});
