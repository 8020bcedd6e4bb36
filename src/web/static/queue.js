// The experts' pages without jumps: forms sent in place, keys, lists that live. Every page works without this file.
import { one, all, follow } from "/static/veche.js";

const main = one("main");
const desk = () => one("#desk").dataset;
const parse = (text) => new DOMParser().parseFromString(text, "text/html");
let row = ""; // The ticket that was looked at last, by number.

const link = (item) => item && one("a", item);
const rows = () => all("[data-row]");
const current = () => rows().find((item) => item.dataset.row === row);

// A line above the list, which is also read out.
function say(text, act) {
  const line = one("#live");
  if (!line) return;
  const button = one("button", line);
  one("p", line).textContent = text;
  line.hidden = !text;
  if (button) { button.hidden = !act; button.onclick = act; }
}

// Puts another state of the page in place of this one. What is being written elsewhere on it stays.
function swap(page, address, sent) {
  const kept = all("textarea, input:not([type=hidden], [type=file], [type=radio])", main).filter((field) => field.id && !sent?.contains(field)
    && (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue)).map((field) => [field.id, field.value, field.checked]);
  const marks = sent ? [] : all("[name=tickets]:checked", main).map((box) => box.value);
  const open = all("details[open] > summary", main).map((summary) => summary.textContent);
  main.replaceChildren(...one("main", page).childNodes);
  document.title = page.title;
  if (address) history.replaceState(null, "", address);
  for (const [id, value, checked] of kept) {
    const field = document.getElementById(id);
    if (field) { field.value = value; field.checked = checked; }
  }
  all("[name=tickets]", main).forEach((box) => { if (marks.includes(box.value)) box.checked = true; });
  if (!sent) all("details > summary", main).forEach((summary) => { if (open.includes(summary.textContent)) summary.parentNode.open = true; });
  const flash = one(".flash p", main);
  if (flash) say(flash.textContent);
  if (flash && one("#live")) one("#live").classList.add("sr");
  const place = one("#errors") ?? link(current() ?? rows()[0]) ?? one("#preview") ?? main;
  if (place.id === "preview") place.tabIndex = -1;
  place.focus();
  watch();
}

addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("[data-swap]")) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  try {
    const data = new FormData(form, submitter);
    const address = new URL(form.getAttribute("action"), location.href);
    if (form.method === "get") address.search = new URLSearchParams([...data].filter(([, value]) => value));
    const answer = await fetch(address, form.method === "get" ? {} : { method: "POST", body: data });
    const page = parse(await answer.text());
    if (!one("main", page)) throw new Error(answer.status);
    swap(page, form.method === "get" || answer.redirected ? answer.url : "", form);
  } catch {
    say(desk().failed);
  } finally {
    delete form.dataset.busy;
    delete form.dataset.sent;
    setTimeout(() => { if (submitter) submitter.disabled = false; });
  }
});

// A list that lives: what is new is told of, and shown when asked.
let sources = [];
let watched = "";
async function look() {
  try {
    const page = parse(await (await fetch(location.href)).text());
    const there = one("#desk", page);
    if (!there || there.dataset.stamp === desk().stamp) return;
    const known = rows().map((item) => item.dataset.row);
    const fresh = all("[data-row]", page).filter((item) => !known.includes(item.dataset.row)).length;
    one("#live")?.classList.remove("sr");
    say(fresh ? `${desk().new} ${fresh}` : desk().changed, () => swap(page));
  } catch { /* The next change tells of this one too. */ }
}
function watch() {
  const { queues = "", ticket = "" } = desk();
  if (watched === queues + ticket) return;
  watched = queues + ticket;
  sources.forEach((source) => source.close());
  let waiting;
  const heard = () => {
    let first = true; // Each begins with a look at how things stand.
    return () => { if (!first) { clearTimeout(waiting); waiting = setTimeout(look, 700); } first = false; };
  };
  sources = queues.split(" ").filter(Boolean).map((group) =>
    follow("subscription($group: ID) { queueUpdated(groupId: $group) { at } }", { group: group === "desk" ? null : group }, heard()));
  if (ticket) sources.push(follow("subscription($number: String!) { ticketUpdated(number: $number) { updatedAt } }", { number: ticket }, heard()));
}

// Keys, by their place on the keyboard, so that they are the same in every layout.
const on = () => { try { return localStorage.veche_keys !== "off"; } catch { return true; } };
function help() {
  const box = one("#keys");
  if (!box) return false;
  one("#keys-on").checked = on();
  box.showModal();
  return true;
}
function step(by) {
  const list = rows();
  if (!list.length) return false;
  const at = list.findIndex((item) => item.dataset.row === row);
  link(list[Math.min(Math.max(at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by, 0), list.length - 1)]).focus();
  return true;
}
function press(name) {
  const keyed = `[data-key="${name}"]`; // What belongs to the row one stands on comes first.
  const target = (current() && one(keyed, current())) ?? one(keyed, main);
  if (!target) return false;
  const wanted = Number(target.dataset.marks ?? 0);
  if (wanted) {
    const marked = all("[name=tickets]:checked", main).length;
    if (!marked && current()) one("[name=tickets]", current()).checked = true;
    if (marked < wanted && wanted > 1) { one("#live")?.classList.remove("sr"); say(desk().markTwo); return true; }
  }
  const field = target.matches("div") ? one("select, input, textarea", target) : target;
  field.closest("details")?.setAttribute("open", "");
  if (field.matches("a, button")) field.click(); else field.focus();
  return true;
}
const keys = {
  KeyJ: () => step(1) || press("KeyJ"),
  KeyK: () => step(-1) || press("KeyK"),
  KeyX: () => { const box = current() && one("[name=tickets]", current()); if (box) box.checked = !box.checked; return Boolean(box); },
  KeyC: () => { const there = current() && one("[data-cluster]", current()); if (there) there.click(); return there || press("KeyC"); },
};
addEventListener("keydown", (event) => {
  const { target, code, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  if (target.matches("textarea, select, input:not([type=checkbox])")) {
    if (key === "Escape") (link(current()) ?? main).focus();
    return;
  }
  if (!on()) return;
  const name = key === "?" ? "?" : key === "/" ? "Slash" : code;
  const arrow = target.closest("[data-row]") && { ArrowDown: 1, ArrowUp: -1 }[code];
  const done = arrow ? step(arrow) : name === "?" || (code === "Slash" && event.shiftKey) ? help() : event.shiftKey ? false : (keys[name] ?? (() => press(name)))();
  if (done) event.preventDefault();
});
addEventListener("focusin", ({ target }) => { row = target.closest("[data-row]")?.dataset.row ?? row; });
addEventListener("click", (event) => { if (event.target.closest("[data-keys]") && help()) event.preventDefault(); });
addEventListener("change", ({ target }) => {
  if (target.id === "keys-on") try { localStorage.veche_keys = target.checked ? "on" : "off"; } catch { /* Then until the page is left. */ }
});

watch();
