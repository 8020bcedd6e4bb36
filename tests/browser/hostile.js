// Texts that try to break pages, and texts half as long again: nothing runs, nothing breaks: node hostile.js <base> <program> <data> <pseudo base>
import { DESK, PHONE, address, ask, base, channels, context, finish, isShown, launch, must, ok, places, session, world } from "./browser.js";

const pseudo = process.argv[5];
const admin = await session("admin@zarechye.example");
const token = admin.token;
const { token: moderator } = await session("moderator.ladova@zarechye.example");
const NASTY = [
  '<script>globalThis.ran = 1</script><img src=x onerror="globalThis.ran = 1">',
  '"><svg onload=globalThis.ran=1>\' onmouseover=\'globalThis.ran=1',
  "</textarea></title></style><script>globalThis.ran=1</script>",
  "سلام עולם \u200F\u200E\u200B\u200D\uFEFF текст",
  "{{7*7}} ${7*7} <%= 7*7 %> javascript:globalThis.ran=1",
];
// What turns the rest of a line around: refused.
const TURNED = "\u202Eгнирдеталп\u202C";
const LONG = "Ы".repeat(10_000);
const title = (n) => `${NASTY[n % NASTY.length]} ${n}`.slice(0, 140);
const world_ = await world(token);
const organisation = await ask("{ departments { id } }");

// Hostile words wherever people can write some.
const ids = [];
for (let n = 0; n < NASTY.length; n += 1) {
  const { initiative } = await must("createInitiative", {
    title: title(n), goal: `${NASTY[n]} ${LONG.slice(0, 4_000)}`, effect: NASTY.join(" "), resources: NASTY[n].repeat(3), departmentId: organisation.departments[0].id, threshold: 10, votingDays: 30,
  }, "initiative { id }", token);
  ids.push(initiative.id);
  if (n === 0) continue;
  await must("submitInitiative", { initiativeId: initiative.id }, "", token);
  if (n === 1) continue;
  await must("reviewInitiative", { initiativeId: initiative.id, verdict: "PUBLISH", reason: NASTY[n] }, "", moderator);
  await must("addComment", { subjectId: initiative.id, body: `${NASTY[n]} ${LONG.slice(0, 3_000)}`, side: "FOR" }, "", token);
  await must("flag", { subjectId: initiative.id, reason: "OTHER", body: NASTY[n] }, "", token);
}
const turned = await must("createInitiative", { title: TURNED, goal: "Платить за рейтинг." }, "", token).then(() => null, (error) => error.message);
ok(turned?.includes("title"), `a title that turns the line around: ${turned}`);
const numbers = [];
for (const text of [...NASTY, LONG]) {
  const { submitted } = await must("submitFeedback", { text: `${text} ${text}`.slice(0, 12_000), subject: text.slice(0, 140), public: true }, "submitted { number }", token);
  numbers.push(submitted.number);
}
const told = await channels(token, `${NASTY.join(" ")} ${LONG}`.slice(0, 3_000));
numbers.push(told.odd, told.chat);
await must("updateProfile", { name: title(1).slice(0, 80), bio: NASTY.join(" ").slice(0, 900) }, "", token);

const browser = await launch();
async function check(where, path, who, lang) {
  const made = await context(browser, { token: who, lang, viewport: PHONE });
  const page = await made.newPage();
  const errors = [];
  page.on("dialog", (dialog) => { errors.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("pageerror", (error) => errors.push(`a script: ${error.message}`));
  page.on("console", (message) => { if (/Content.Security.Policy|Refused to/.test(message.text())) errors.push(message.text()); });
  page.on("request", (request) => { if (!request.url().startsWith(where) && !request.url().startsWith("data:")) errors.push(`asks ${request.url()}`); });
  const answer = await page.goto(where + path, { waitUntil: "load" });
  const what = `${path.replace(/[A-Za-z0-9_-]{40,}/, "…")} in ${lang}${where === pseudo ? ", long texts" : ""}`;
  ok(answer.status() < 500, `${what}: status ${answer.status()}`);
  ok(!(await page.evaluate(() => globalThis.ran)), `${what}: what was written ran`);
  ok(errors.length === 0, `${what}: ${errors.join("; ")}`);
  for (const size of [PHONE, { width: 320, height: 640 }, DESK]) {
    await page.setViewportSize(size);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    ok(wide <= 0, `${what}: ${wide} px too wide at ${size.width}`);
  }
  await made.close();
}
const html = places().filter((place) => place.page).map((place) => address(place.path, { ...world_, initiative: ids[2], review: ids[1], ticket: numbers[0] }))
  .filter((path) => path && isShown(path));
const jobs = html.flatMap((path) => [[base, path, token, "ru"], [pseudo, path, token, "ru"], [pseudo, path, token, "en"]]);
for (const id of ids) jobs.push([base, `/initiatives/${id}`, token, "en"]);
for (const number of numbers) jobs.push([base, `/tickets/${number}`, token, "ru"], [base, `/queue/tickets/${number}`, token, "ru"]);
const worker = async () => { for (let job; (job = jobs.shift()); ) await check(...job); };
await Promise.all([worker(), worker(), worker()]);
await browser.close();
finish("hostile and long texts");
