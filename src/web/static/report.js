// Shows what others have written about already, while somebody writes: the same as the button for it does.
import { one } from "/static/veche.js";

const [text, place, button] = [one("#field-text"), one("#similar"), one("button[value=look]")];
const form = text.form;
let timer, asked, last = text.value.trim();

async function look() {
  const words = text.value.trim();
  if (words.length < 15 || words === last) return;
  last = words;
  asked?.abort();
  asked = new AbortController();
  // Nothing else of the form leaves the page before it is sent.
  const body = new FormData();
  body.set("token", form.elements.token.value);
  body.set("act", "look");
  body.set("text", words);
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: asked.signal });
    if (!answer.ok) return;
    const there = one("#similar", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (there) place.replaceChildren(...there.childNodes);
  } catch { /* without them one reports as well */ }
}

button.hidden = true;
text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 600); });
