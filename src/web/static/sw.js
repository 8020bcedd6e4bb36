// The worker of the installed application. Pages always come from the network, since they are somebody's; what is kept is one page for
// when there is none, and our own styles, scripts and pictures, whose addresses carry their version. FILES and LANGUAGE stand above.
const OFFLINE = "/offline";
// An address says it all: that a module is asked for with other headers than it was kept with does not make it another.
const ANY = { ignoreVary: true };
const KEEP = "veche-" + LANGUAGE + FILES.map((file) => file.split("=")[1] || "").join("-");

addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(KEEP);
  // Without cookies, so that it is nobody's page.
  const page = await fetch(OFFLINE, { credentials: "omit", cache: "reload", headers: { "accept-language": LANGUAGE } });
  if (!page.ok) throw new Error(`${OFFLINE}: ${page.status}`);
  await Promise.all([cache.put(OFFLINE, page), cache.addAll(FILES)]);
  await skipWaiting();
})()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("veche-") && name !== KEEP).map((name) => caches.delete(name)));
  await clients.claim();
})()));

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(OFFLINE, ANY);
    if (kept) return kept;
    throw error;
  }
}

async function file(request) {
  return (await caches.match(request, ANY)) || fetch(request);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});
