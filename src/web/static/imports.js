// The list of imports follows what goes on in the background, as long as something does.
const list = document.querySelector("#imports");

async function look() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch("/admin/imports")).text(), "text/html");
    const fresh = page.querySelector("#imports");
    if (!fresh) return; // logged out meanwhile
    if (fresh.innerHTML !== list.innerHTML) list.replaceChildren(...fresh.childNodes);
    if (!fresh.dataset.running) return;
  } catch { /* no connection; it may come back */ }
  setTimeout(look, document.hidden ? 15000 : 2000);
}

if (list?.dataset.running) setTimeout(look, 2000);
