// Enhancements only: every page works without this file. Small modules, no library, nothing from elsewhere.
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Times in the reader's own zone on the next page.
try {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes("veche_zone=")) document.cookie = `veche_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
} catch { /* a browser that does not tell */ }

// What is wrong with a form is read out and found at once.
one("#errors")?.focus();

// A form is sent once.
addEventListener("submit", ({ target, submitter }) => {
  if (target.method !== "post" || target.dataset.sent) return;
  target.dataset.sent = "1";
  setTimeout(() => { if (submitter) submitter.disabled = true; });
});
addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
  delete form.dataset.sent;
  all("button[disabled]", form).forEach((button) => { button.disabled = false; });
}));

// Without a connection there is a page that keeps a draft.
navigator.serviceWorker?.register(`/sw.js?lang=${document.documentElement.lang}`).catch(() => {});
if (location.pathname === "/report") import("/static/offline.js");

// Asks the API.
export async function ask(query, variables) {
  const answer = await fetch("/graphql", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query, variables }) });
  return (await answer.json()).data;
}

// Follows a subscription; the browser connects again by itself.
export function follow(query, variables, heard) {
  const address = `/graphql?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(JSON.stringify(variables))}`;
  const source = new EventSource(address);
  source.addEventListener("next", ({ data }) => { const answer = JSON.parse(data); if (answer.data) heard(answer.data); });
  source.addEventListener("complete", () => source.close());
  addEventListener("pagehide", () => source.close());
  return source;
}

export { one, all };
