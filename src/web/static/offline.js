// A report that was begun without a connection is kept in this browser and offered where reports are written.
const KEY = "veche-draft";
const page = document.querySelector("#offline");

function kept() {
  try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; }
}
function keep(draft) {
  try {
    if (draft.text.trim()) localStorage.setItem(KEY, JSON.stringify(draft)); else localStorage.removeItem(KEY);
    return true;
  } catch { return false; }
}
function say(text, before) {
  const note = document.createElement("p");
  note.className = "note";
  note.role = "status";
  note.textContent = text;
  before.before(note);
}

if (page) {
  const text = page.querySelector("textarea"), told = page.querySelector("[role=status]");
  page.hidden = false;
  text.value = kept().text || "";
  text.addEventListener("input", () => {
    if (keep({ text: text.value, offer: page.dataset.offer })) told.hidden = !text.value.trim();
  });
  document.querySelector("#again").addEventListener("click", (event) => {
    // What could not be opened is tried again; this page itself leads to where reports are written.
    if (location.pathname !== "/offline") { event.preventDefault(); location.reload(); }
  });
}

const report = location.pathname === "/report" && document.querySelector("form[method=post] textarea[name=text]");
if (report) {
  const draft = kept();
  if (draft.text && !report.value.trim()) {
    report.value = draft.text;
    if (draft.offer) say(draft.offer, report.form);
  }
  report.form.addEventListener("submit", () => {
    if (navigator.onLine) keep({ text: "" }); else keep({ ...draft, text: report.value });
  });
}
