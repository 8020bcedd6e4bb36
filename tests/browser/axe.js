// axe-core on every page of the router and its states: both languages, light and dark, several people: node axe.js <base> <program> <data>
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { DESK, PHONE, address, base, channels, context, finish, isShown, launch, ok, places, session, world } from "./browser.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const browser = await launch();
const admin = await session("admin@zarechye.example");
const it = await world(admin.token);
const told = await channels(admin.token);

async function look(page, what, only = null) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const runOnly = only ? { type: "rule", values: only } : { type: "tag", values: RULES };
  const found = await page.evaluate((options) => globalThis.axe.run(document, options), { runOnly, resultTypes: ["violations"] });
  for (const { id, help, nodes } of found.violations) {
    console.log(`  ${what}: ${id}: ${help}\n    ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`).join("\n    ")}`);
  }
  ok(found.violations.length === 0, `${what}: ${found.violations.map((v) => v.id).join(", ")}`);
}

async function visit(page, path, what, { quick = false } = {}) {
  const answer = await page.goto(base + path, { waitUntil: "load" });
  const type = answer?.headers()["content-type"] ?? "";
  if (!ok(answer && answer.status() < 500, `${what}: status ${answer?.status()}`) || !type.startsWith("text/html")) return;
  await page.emulateMedia({ colorScheme: "light" });
  await look(page, `${what}, light`);
  await page.emulateMedia({ colorScheme: "dark" });
  await look(page, `${what}, dark`, ["color-contrast"]);
  if (quick) return;
  await page.setViewportSize(PHONE);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  ok(wide <= 0, `${what}: ${wide} px too wide on a phone`);
  await look(page, `${what}, phone`, ["target-size", "color-contrast", "scrollable-region-focusable"]);
  await page.setViewportSize(DESK);
}

const pages = places().filter((place) => place.page).map((place) => place.path);
const jobs = [];
for (const lang of ["ru", "en"]) {
  for (const path of pages) {
    const to = address(path, it);
    if (to === null || !isShown(to)) continue;
    jobs.push({ lang, to, who: "administrator", token: admin.token });
    if (!/^\/(admin|me|queue|clusters|review|moderation)/.test(path)) jobs.push({ lang, to, who: "nobody", token: null });
  }
  for (const [state, id] of Object.entries(it.states)) jobs.push({ lang, to: `/initiatives/${id}`, who: `administrator (${state})`, token: admin.token });
  for (const to of [`/queue/tickets/${told.odd}`, `/queue/tickets/${told.chat}`, "/admin/channels/unreadable?all=1"]) jobs.push({ lang, to, who: "administrator", token: admin.token });
  for (const to of [`/tickets/${told.odd}`, "/nowhere", "/initiatives?q=%D1%8F%D1%8F%D1%8F%D1%8F", "/tickets?q=%D1%8F%D1%8F%D1%8F%D1%8F", "/search", `/tickets/${it.answered}`]) jobs.push({ lang, to, who: "nobody", token: null });
}
const worker = async () => {
  const mine = new Map();
  for (let job; (job = jobs.shift()); ) {
    const key = `${job.lang} ${job.token}`;
    if (!mine.has(key)) mine.set(key, await (await context(browser, job)).newPage());
    const path = job.to.replace(/[A-Za-z0-9_-]{40,}/, "…");
    await visit(mine.get(key), job.to, `${path} in ${job.lang} for ${job.who}`);
  }
};
await Promise.all([worker(), worker(), worker()]);

// States that come of doing something: forms that are refused, open menus, dialogs.
for (const lang of ["ru", "en"]) {
  const nobody = await (await context(browser, { lang })).newPage();
  for (const [path, form] of [["/login", "main form"], ["/register", "main form"], ["/report", "main form"], ["/track", "main form"]]) {
    await nobody.goto(base + path);
    await nobody.locator(form).first().evaluate((it) => { it.noValidate = true; });
    await Promise.all([nobody.waitForNavigation(), nobody.locator(`${form} button`).first().click()]);
    ok(await nobody.locator(".errors, .wrong").count() > 0, `${path} in ${lang}: an empty form is refused beside its fields`);
    await look(nobody, `${path} in ${lang}, refused`);
  }
  await nobody.setViewportSize(PHONE);
  await nobody.goto(base);
  await nobody.locator(".menu > summary").click();
  await look(nobody, `the menu on a phone in ${lang}`);
  const someone = await (await context(browser, { lang, token: admin.token })).newPage();
  await someone.goto(`${base}/initiatives/new`);
  await someone.locator("main form").first().evaluate((it) => { it.noValidate = true; });
  await Promise.all([someone.waitForNavigation(), someone.locator("main form button").first().click()]);
  await look(someone, `/initiatives/new in ${lang}, refused`);
  await told.report();
  await someone.goto(`${base}/me/channels`);
  await Promise.all([someone.waitForNavigation(), someone.locator('main form[action="/me/channels"] button').first().click()]);
  ok(await someone.locator("svg.qr").count() === 1, `/me/channels in ${lang}: the link is a picture too`);
  await look(someone, `/me/channels in ${lang}, with a link`);
  await someone.goto(`${base}/queue`);
  await someone.keyboard.press("?");
  await look(someone, `the keys of the queue in ${lang}`);
  for (const display of ["theme:dark&text:large&contrast:more", "theme:light&text:large&contrast:more"]) {
    const reader = await (await context(browser, { lang })).newPage();
    await reader.context().addCookies([{ name: "veche_display", value: `lang:${lang}&${display}`, url: base }]);
    for (const path of ["/", `/initiatives/${it.initiative}`, `/tickets/${it.ticket}`, "/statistics"]) {
      await reader.goto(base + path);
      await look(reader, `${path.slice(0, 20)} in ${lang} with ${display}`);
    }
  }
}
await browser.close();
finish("accessibility");
