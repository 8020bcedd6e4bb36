// Pictures of the main pages for the documentation: node screenshots.js <base> <program> <data> <folder>
import { mkdirSync } from "node:fs";
import { DESK, PHONE, base, channels, context, launch, session, world } from "./browser.js";

const folder = process.argv[5];
mkdirSync(folder, { recursive: true });
const browser = await launch();
const people = Object.fromEntries(await Promise.all(Object.entries({
  administrator: "admin@zarechye.example", expert: "transport.expert@zarechye.example", citizen: "marina.svetlova@zarechye.example",
}).map(async ([name, email]) => [name, (await session(email)).token])));
const it = await world(people.administrator);
const told = await channels(people.administrator);
const pictures = [
  ["home", "/", null], ["initiatives", "/initiatives", null], ["initiative", `/initiatives/${it.initiative}`, null], ["vote", `/initiatives/${it.initiative}/vote?choice=0`, "citizen"],
  ["propose", "/initiatives/new", "citizen"], ["report", "/report", null], ["ticket", `/tickets/${it.answered}`, null], ["my-page", "/me", "citizen"],
  ["statistics", "/statistics", null], ["how-votes-are-counted", "/help/votes", null], ["department", `/departments/${it.department}`, null],
  ["queue", "/queue", "expert"], ["work", `/queue/tickets/${it.ticket}`, "administrator"], ["cluster", `/clusters/${it.cluster}`, "expert"],
  ["map", "/clusters/map", "expert"], ["themes", "/themes", null], ["proposals", "/queue/proposals", "expert"], ["model", "/model", "administrator"],
  ["review", "/review", "administrator"], ["moderation", "/moderation", "administrator"], ["administration", "/admin", "administrator"], ["log-in", "/login", null],
  ["channels", "/me/channels", "citizen"], ["administration-channels", "/admin/channels", "administrator"], ["conversation", `/queue/tickets/${told.odd}`, "administrator"],
  ["search", `/search?q=${encodeURIComponent("детские площядки во дворах")}`, null], ["search-mistyped", `/search?q=${encodeURIComponent("ljhjub")}`, null],
  ["services", "/services", null],
];
for (const [device, viewport] of [["desktop", DESK], ["phone", PHONE]]) {
  for (const [name, path, who] of pictures) {
    const made = await context(browser, { token: people[who], viewport, deviceScaleFactor: 1 });
    const page = await made.newPage();
    const answer = await page.goto(base + path, { waitUntil: "load" });
    await page.evaluate(() => document.fonts.ready);
    // A phone shows the first screens; a whole page would be a ribbon.
    const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), device === "phone" ? 1600 : 1800);
    await page.screenshot({ path: `${folder}/${name}-${device}.png`, clip: { x: 0, y: 0, width: viewport.width, height }, fullPage: true });
    if (answer.status() !== 200) { console.log(`FAILED ${path}: ${answer.status()}`); process.exitCode = 1; }
    await made.close();
  }
  const dark = await context(browser, { viewport, colorScheme: "dark" });
  const page = await dark.newPage();
  await page.goto(`${base}/initiatives/${it.initiative}`, { waitUntil: "load" });
  await page.screenshot({ path: `${folder}/initiative-dark-${device}.png`, clip: { x: 0, y: 0, width: viewport.width, height: Math.min(1600, await page.evaluate(() => document.documentElement.scrollHeight)) }, fullPage: true });
}
await browser.close();
console.log(`pictures: ${pictures.length * 2 + 2}`);
