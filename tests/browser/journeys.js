// Whole ways through the service, as people go them: each with and without JavaScript, at a desk and on a phone:
// node journeys.js <base> <program> <data>
import { DESK, PASSWORD, PHONE, ask, base, context, finish, launch, mail, must, ok, session } from "./browser.js";

const PHOTO = { name: "яма.png", mimeType: "image/png", buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64") };
const VOTERS = 30;
const WORK = ["Согласовать место с жителями", "Поставить скамейки"];
const browser = await launch();
const officer = await session("roads.officer@zarechye.example");
const expert = await session("transport.expert@zarechye.example");
const admin = await session("admin@zarechye.example");

// Waits until something is true of the service; gives it.
async function until(what, find) {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await find();
    if (found) return found;
    await new Promise((wake) => setTimeout(wake, 200));
  }
  throw new Error(`never: ${what}`);
}

// Somebody at a screen. Every page they come to must fit it, and no script on it may fail.
class Reader {
  static async open(reader, token = null) {
    const made = await context(browser, { token, viewport: reader.screen, javaScriptEnabled: reader.scripts, hasTouch: reader.screen === PHONE });
    made.setDefaultTimeout(20_000);
    const page = await made.newPage();
    const me = Object.assign(new Reader(), { reader, page, name: reader.name });
    page.on("pageerror", (error) => ok(false, `${me.name}: ${page.url()}: ${error.message}`));
    page.on("load", () => me.fits());
    return me;
  }
  async fits() {
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth).catch(() => 0);
    ok(wide <= 0, `${this.name}: ${this.page.url()} is ${wide} px too wide`);
  }
  async go(path) {
    const answer = await this.page.goto(base + path, { waitUntil: "load" });
    ok(answer.status() === 200, `${this.name}: ${path} answers ${answer.status()}`);
  }
  async fill(fields) {
    for (const [name, value] of Object.entries(fields)) await this.page.locator(`main [name="${name}"]:visible`).first().fill(value);
  }
  async choose(name, value) { await this.page.locator(`main select[name="${name}"]:visible`).selectOption(value); }
  async pick(name, value) { await this.page.locator(`main input[name="${name}"][value="${value}"]`).check(); }
  // Presses something that leads to another page, or shows this one anew.
  async press(selector) {
    const from = await this.page.locator("main").elementHandle();
    await this.page.locator(selector).first().click();
    // Either the page or only its middle is another one now.
    await this.page.waitForLoadState("load");
    await from?.dispose();
  }
  async sees(text, where = "main") {
    try {
      await this.page.locator(where).filter({ hasText: text }).first().waitFor();
      return ok(true);
    } catch {
      return ok(false, `${this.name}: ${this.page.url()} does not show ${JSON.stringify(String(text))} in ${where}; ${(await this.page.locator("#errors, h1").allTextContents()).join(" | ")}`);
    }
  }
  async at(pattern) {
    try { await this.page.waitForURL(pattern); } catch { /* told below */ }
    return ok(pattern.test(this.page.url()), `${this.name}: is at ${this.page.url()} and not at ${pattern}`);
  }
  leave() { return this.page.context().close(); }
}

// People who vote, each with an account of their own and a confirmed address.
async function voters(count) {
  const register = async (number) => {
    const email = `voter${number}.${process.pid}@example.org`;
    await must("register", { name: `Житель ${number}`, email, password: PASSWORD }, "", null);
    const [, token] = await mail(email, /\/confirm\/([\w-]+)/);
    await must("confirmEmail", { token }, "", null);
    return (await session(email)).token;
  };
  return Promise.all(Array.from({ length: count }, (_, number) => register(number)));
}

const state = async (id) => (await ask("query($id: ID!) { initiative(id: $id) { state } }", { id }, admin.token)).initiative.state;

// From a wish to a thing that was done.
async function initiative(reader, people) {
  const citizen = await Reader.open(reader);
  const email = `citizen.${reader.key}.${process.pid}@example.org`;
  await citizen.go("/register");
  await citizen.fill({ name: "Анна Речная", email, password: PASSWORD });
  await citizen.press("main form button");
  await citizen.at(/\/register\/done/);
  const [path] = await mail(email, /\/confirm\/[\w-]+/);
  await citizen.go(path);
  await citizen.press("main form button");
  await citizen.go("/login");
  await citizen.fill({ email, password: PASSWORD });
  await citizen.press("main form[action^='/login'] button");
  await citizen.at(/\/(me)?$/);

  // Proposing: similar ones first, then three steps.
  const title = `Скамейки у реки ${reader.key} ${process.pid}`;
  const goal = "Поставить десять скамеек со спинками на набережной, чтобы пожилым людям было где отдохнуть.";
  await citizen.go("/initiatives/new");
  await citizen.fill({ title, goal });
  await citizen.press("main form button");
  if (/\/new$/.test(citizen.page.url())) {
    await citizen.press("main form button");
  }
  await citizen.at(/\/initiatives\/[^/]+\/edit/);
  const id = decodeURIComponent(new URL(citizen.page.url()).pathname.split("/")[2]);
  await citizen.fill({ effect: "У реки можно сидеть.", resources: "Двадцать тысяч рублей на скамейку.", threshold: String(VOTERS + 1), votingDays: "30" });
  await citizen.choose("departmentId", { label: "Департамент дорог и транспорта" });
  await citizen.pick("ballotKind", "SUPPORT");
  await citizen.page.locator("input[name=files]").setInputFiles(PHOTO);
  if (reader.scripts) await citizen.page.locator("[data-files] input[name=attachmentIds]").waitFor({ state: "attached" });
  await citizen.press("main form button:not([name])");
  await citizen.at(/step=3/);
  for (const text of [title, goal, "Двадцать тысяч", "яма.png", "Департамент дорог"]) await citizen.sees(text);
  await citizen.press("main form button.big");
  await citizen.at(new RegExp(`/initiatives/${id}$`));
  ok((await state(id)) === "IN_REVIEW", `${reader.name}: it is in review`);

  // The department reviews it.
  const clerk = await Reader.open(reader, officer.token);
  await clerk.go("/review");
  await clerk.press(`main a[href="/initiatives/${id}/review"]`);
  await clerk.at(/\/review$/);
  await clerk.pick("verdict", "PUBLISH");
  await clerk.press("main form button");
  await until("the vote is open", async () => (await state(id)) === "VOTING");

  // Thirty people vote at once, while the author watches.
  const followed = reader.scripts && citizen.page.waitForResponse(/voteTally/);
  await citizen.go(`/initiatives/${id}`);
  const shown = citizen.page.locator("[data-live] [data-show=support]").first();
  ok((await shown.textContent()).trim() === "0", `${reader.name}: the count begins at 0`);
  if (reader.scripts) {
    await shown.evaluate((place) => {
      globalThis.seen = [];
      new MutationObserver(() => globalThis.seen.push(Number(place.textContent))).observe(place, { childList: true, characterData: true, subtree: true });
    });
    await followed;
  }
  await Promise.all(people.map((token) => must("castVote", { initiativeId: id, choices: [0] }, "", token)));
  if (reader.scripts) {
    await citizen.sees(String(VOTERS), "[data-live] [data-show=support]");
    const seen = await citizen.page.evaluate(() => globalThis.seen);
    ok(seen.at(-1) === VOTERS && seen.every((count, at) => at === 0 || count >= seen[at - 1]), `${reader.name}: the count moves upwards to ${VOTERS}: ${seen}`);
  } else {
    await citizen.page.reload();
    await citizen.sees(String(VOTERS), "[data-live] [data-show=support]");
  }

  // The author's own vote, in two clicks, is the one that was missing.
  await citizen.press(`main a[href="/initiatives/${id}/vote?choice=0"]`);
  await citizen.at(/\/vote\?choice=0/);
  await citizen.press("main form button.big");
  await citizen.at(new RegExp(`/initiatives/${id}$`));
  await until("enough people want it", async () => (await state(id)) === "ACCEPTED");
  const exact = (await ask("query($id: ID!) { initiative(id: $id) { tally { counts ballots } } }", { id })).initiative.tally;
  ok(exact.ballots === VOTERS + 1 && exact.counts[0] === VOTERS + 1, `${reader.name}: the count is exact: ${JSON.stringify(exact)}`);
  await citizen.page.reload();
  await citizen.sees(String(VOTERS + 1), ".tally");

  // The department answers with a plan, and does it.
  await clerk.go(`/initiatives/${id}`);
  await clerk.press(`main a[href="/initiatives/${id}/answer"]`);
  await clerk.pick("accepted", "YES");
  await clerk.fill({ body: "Поставим скамейки до конца лета." });
  for (const [at, step] of WORK.entries()) {
    await clerk.page.locator("[name=milestoneTitle]").nth(at).fill(step);
    await clerk.page.locator("[name=milestoneDueOn]").nth(at).fill(new Date(Date.now() + (at + 1) * 30 * 86_400_000).toISOString().slice(0, 10));
  }
  await clerk.press("main form button:not([name])");
  await clerk.at(new RegExp(`/initiatives/${id}(#answer)?$`));
  await clerk.sees("Поставим скамейки до конца лета.", "#answer");
  for (const step of WORK) {
    const open = clerk.page.locator("#plan li.open", { hasText: step });
    await open.locator("summary").click();
    await open.locator("textarea").fill(`Сделано: ${step}`);
    await open.locator("button").click();
    await clerk.sees(`Сделано: ${step}`, "#plan li.done");
  }
  await clerk.press("#plan form[action$='/complete'].card button");
  await until("it is done", async () => (await state(id)) === "IMPLEMENTED");

  // The author was told of it, and sees it.
  await until("the author is told", async () => {
    await citizen.go("/me/notifications");
    return (await citizen.page.locator("main a", { hasText: title }).count()) > 0 || (await citizen.page.locator("main", { hasText: title }).count()) > 0;
  });
  await citizen.go(`/initiatives/${id}`);
  await citizen.sees("Поставим скамейки до конца лета.", "#answer");
  for (const step of WORK) await citizen.sees(`Сделано: ${step}`, "#plan li.done");
  await citizen.leave();
  await clerk.leave();
}

// From a message of somebody without an account to an answer that they see.
async function problem(reader) {
  const citizen = await Reader.open(reader);
  const address = `sender.${reader.key}.${process.pid}@example.org`;
  const text = `Ехал вчера по Кузовной и попал в яму: погнут диск. Поставьте хотя бы знак и заделайте яму. ${reader.key} ${process.pid}`;
  await citizen.go("/");
  await citizen.press("main a[href='/report']");
  await citizen.fill({ text, name: "Олег", address });
  await citizen.page.locator("input[name=files]").setInputFiles(PHOTO);
  await citizen.pick("public", "true");
  await citizen.press("main form button.big");
  await citizen.at(/\/report\/done/);
  const number = (await citizen.page.locator("main b.num").textContent()).trim();
  const code = (await citizen.page.locator("main dd code").textContent()).trim();
  ok((await mail(address, new RegExp(number)))?.[0] === number, `${reader.name}: the receipt comes by mail`);
  await citizen.press("main section.card a.button");
  await citizen.sees("Кузовной", ".thread");

  // It is understood and grouped by itself; whether it was routed by itself depends on how sure the machine is.
  const found = await until("it is grouped", async () => {
    const { ticket } = await ask("query($n: String!) { ticket(number: $n) { group { name } cluster { id size } } }", { n: number }, admin.token);
    return ticket.cluster && ticket;
  });
  ok(found.cluster.size > 1, `${reader.name}: it is among its like`);
  const desk = await Reader.open(reader, admin.token);
  await desk.go(`/queue/tickets/${number}`);
  await desk.press(`main a[href="/clusters/${found.cluster.id}"]`);
  await desk.sees("Кузовной");
  await desk.go(`/queue/tickets/${number}`);
  await desk.choose("groupId", { label: "Рабочая группа по дорогам и транспорту" });
  await desk.press("main button[value=route]");
  await until("it is routed", async () => (await ask("query($n: String!) { ticket(number: $n) { group { name } } }", { n: number }, admin.token)).ticket.group?.name === "Рабочая группа по дорогам и транспорту");
  await desk.leave();

  // The expert finds it in the queue, takes it, answers and decides.
  const worker = await Reader.open(reader, expert.token);
  await worker.go("/queue?order=NEWEST");
  await worker.press(`main li[data-row="${number}"] a.clip`);
  await worker.at(new RegExp(`/queue/tickets/${number}`));
  if (reader.scripts && reader.screen === DESK) {
    await worker.page.locator("main").press("a");
  } else {
    await worker.page.locator("main button[value=mine]").click();
  }
  await until("the expert has it", async () => (await ask("query($n: String!) { ticket(number: $n) { assignee { id } } }", { n: number }, expert.token)).ticket.assignee?.id === expert.participant.id);
  await worker.sees(/.+/, ".flash");
  await worker.page.locator("main details.card:has(select[name=kind]) > summary").click();
  await worker.choose("kind", "ACCEPT");
  await worker.choose("departmentId", { label: "Департамент дорог и транспорта" });
  await worker.fill({ body: "Яму засыплем в среду." });
  await worker.page.locator("main button[value=preview-decision]").click();
  await worker.sees("Яму засыплем в среду.", "section:has(#preview)");
  await worker.page.locator("main button[value=decide]").click();
  await worker.sees("Яму засыплем в среду.", ".thread .out");

  // Whoever reads the ticket at that moment is told; whoever lost the link finds it by number and code.
  if (reader.scripts) await citizen.sees(/.+/, "#news.note");
  await citizen.go("/track");
  await citizen.fill({ number, code });
  await citizen.press("main form button");
  await citizen.at(new RegExp(`/tickets/${number}`));
  await citizen.sees("Яму засыплем в среду.", ".thread .out");
  await mail(address, /Яму засыплем в среду/);

  await citizen.pick("rating", "5");
  await citizen.fill({ comment: "Спасибо!" });
  await citizen.press("section:has(#rate) button");
  await citizen.sees("Спасибо!", ".card.section");
  await worker.leave();
  await citizen.leave();
}

// What people do with what the machine understood: see it, correct it, decide on what it proposes, say how sure it has to be.
async function machine(reader) {
  const citizen = await Reader.open(reader);
  await citizen.go("/report");
  await citizen.fill({ text: "На улице Кузовной огромная яма на дороге, машины бьют колёса." });
  if (!reader.scripts) await citizen.page.locator("main button[value=look]").click();
  await citizen.page.locator("#similar a").first().waitFor();
  ok((await citizen.page.locator("#similar a[href^='/tickets/']").count()) > 0, `${reader.name}: reports like it are shown before one is sent`);
  await citizen.leave();

  const worker = await Reader.open(reader, expert.token);
  const { tickets } = await ask("{ tickets(filter: { states: [TRIAGED, IN_PROGRESS] }, first: 50) { nodes { number may } } }", {}, expert.token);
  const { number } = tickets.nodes.find((ticket) => ticket.may.includes("SET_TOPIC"));
  await worker.go(`/queue/tickets/${number}`);
  await worker.page.locator("main details.card:has(dl.pairs) > summary").click();
  await worker.page.locator("main details.card dl.pairs").waitFor();
  const topic = worker.page.locator("main select[name=topicId]");
  const [name, value] = await topic.locator("option").last().evaluate((option) => [option.textContent.trim(), option.value]);
  await topic.selectOption(value);
  await worker.page.locator("main button[value=topic]").click();
  await worker.sees(name, "section[aria-labelledby=tool-topic] p");
  await until("the topic is noted", async () => (await ask("query($n: String!) { ticket(number: $n) { topic { name } topicConfidence } }", { n: number }, expert.token)).ticket.topic?.name === name);

  await worker.go("/clusters/map");
  await worker.press("main table a");
  await worker.at(/\/clusters\/[^/]+$/);

  const waiting = async () => (await ask("{ clusterProposals(filter: { state: OPEN }) { totalCount } }", {}, expert.token)).clusterProposals.totalCount;
  await worker.go("/queue/proposals");
  const before = await waiting();
  ok(before > 0, `${reader.name}: changes are proposed`);
  await worker.page.locator("main li[data-row] button[value=accept]").first().click();
  await until("the change is made", async () => (await waiting()) < before);
  // Somebody else's look through all clusters may go on still.
  await until("a new look can begin", async () => {
    await worker.go("/queue/proposals");
    return worker.page.locator("main button[value=regroup]").count();
  });
  await worker.page.locator("main button[value=regroup]").first().click();
  await worker.sees(/.+/, ".flash");
  await worker.leave();

  const desk = await Reader.open(reader, admin.token);
  const threshold = async () => (await ask("{ modelReport { threshold } }", {}, admin.token)).modelReport.threshold;
  await desk.go("/model");
  await desk.fill({ threshold: "62" });
  await desk.page.locator("main button[value=set]").click();
  await until("the threshold is set", async () => Math.abs((await threshold()) - 0.62) < 0.001);
  await desk.sees("62", "section[aria-labelledby=threshold]");
  await desk.page.locator("main button[value=reset]").click();
  await until("the settings hold again", async () => Math.abs((await threshold()) - 0.62) > 0.001);
  await desk.leave();
}

const people = await voters(VOTERS);
const readers = [];
for (const [screenName, screen] of [["a desk", DESK], ["a phone", PHONE]]) {
  for (const scripts of [true, false]) {
    readers.push({ screen, scripts, key: `${screen === PHONE ? "phone" : "desk"}${scripts ? "" : "-plain"}`, name: `at ${screenName} ${scripts ? "with" : "without"} JavaScript` });
  }
}
for (const reader of readers) {
  for (const way of [initiative, problem, machine]) {
    const begun = Date.now();
    try {
      await way(reader, people);
    } catch (error) {
      ok(false, `${way.name} ${reader.name}: ${error.stack}`);
    }
    console.log(`  ${way.name} ${reader.name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  }
}
await browser.close();
finish("journeys");
