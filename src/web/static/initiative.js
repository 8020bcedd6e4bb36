// An initiative as it changes, lists that answer while one types.
import { one, all, follow } from "/static/veche.js";

const number = new Intl.NumberFormat(document.documentElement.lang, { useGrouping: "min2" });

// The count of the vote.
const vote = one("[data-live]");
if (vote) {
  const { live, threshold, kind } = vote.dataset;
  let version = -1;
  const show = (name, value) => all(`[data-show="${name}"]`, vote).forEach((place) => {
    const text = number.format(value);
    if (place.textContent === text) return;
    place.textContent = text;
    place.classList.remove("moved");
    requestAnimationFrame(() => place.classList.add("moved"));
  });
  const bar = (name, percent) => all(`[data-bar="${name}"]`, vote).forEach((rect) => rect.setAttribute("width", Math.min(100, percent)));
  follow("subscription($id: ID!) { voteTally(initiativeId: $id) { counts ballots version } }", { id: live }, ({ voteTally: tally }) => {
    if (tally.version < version) return;
    version = tally.version;
    const support = kind === "SUPPORT" || kind === "FOR_AGAINST_ABSTAIN" ? tally.counts[0] : Math.max(0, ...tally.counts);
    show("support", support);
    show("ballots", tally.ballots);
    bar("support", Math.floor((support * 100) / Math.max(1, threshold)));
    tally.counts.forEach((count, at) => {
      const percent = tally.ballots ? Math.floor((count * 100) / tally.ballots) : 0;
      show(at, count);
      bar(at, percent);
      all(`[data-percent="${at}"]`, vote).forEach((place) => { place.textContent = percent; });
    });
  });
  const news = one("[data-new-comments]");
  if (news) follow("subscription($id: ID!) { commentAdded(subjectId: $id) { id } }", { id: live }, () => { news.hidden = false; });
}

// Sharing and printing.
for (const button of all("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(one(`#${button.dataset.copy}`).value);
    button.textContent = button.dataset.done;
  });
}
for (const button of all("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Parts of the page that answer to what is typed: the same page is asked for with it, and its parts are taken.
for (const form of all("form[data-as-you-type]")) {
  let timer, asked;
  const refresh = async () => {
    asked?.abort();
    asked = new AbortController();
    const typed = new FormData(form);
    const query = new URLSearchParams([...typed].filter(([name, value]) => value && typeof value === "string" && name !== "token" && name !== "key"));
    const address = `${form.dataset.source ?? form.getAttribute("action")}?${String(query).slice(0, 3000)}`;
    try {
      const answer = await fetch(address, { signal: asked.signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of form.dataset.asYouType.split(" ")) {
        const [here, there] = [one(`#${id}`), one(`#${id}`, page)];
        if (here && there) here.replaceChildren(...there.childNodes);
      }
      if (!form.dataset.source) history.replaceState(null, "", address);
    } catch { /* it is asked again with the next key */ }
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(refresh, 350); });
}
