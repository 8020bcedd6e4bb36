// Shows what others have reported already, while somebody writes.
import { one, ask } from "/static/veche.js";

const [text, place] = [one("#field-text"), one("#similar")];
const query = "query($text: String!) { similar(text: $text, first: 4) { score ticket { number subject } } }";
let timer, last = "";

async function look() {
  const words = text.value.trim().slice(0, 2000);
  if (words.length < 15 || words === last) return;
  last = words;
  try {
    const { similar } = await ask(query, { text: words });
    if (words === last) show(similar.filter((hit) => hit.score > 0.3));
  } catch { /* without them one reports as well */ }
}

function show(hits) {
  place.className = hits.length ? "note" : "";
  place.replaceChildren();
  if (!hits.length) return;
  const title = Object.assign(document.createElement("b"), { textContent: place.dataset.title });
  const hint = Object.assign(document.createElement("p"), { className: "small", textContent: place.dataset.hint });
  const list = document.createElement("ul");
  for (const { ticket } of hits) {
    const link = Object.assign(document.createElement("a"), { href: `/tickets/${ticket.number}`, target: "_blank", textContent: ticket.subject });
    const entry = document.createElement("li");
    entry.append(link);
    list.append(entry);
  }
  const box = document.createElement("div");
  box.append(title, list, hint);
  place.append(box);
}

text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 600); });
if (text.value) look();
