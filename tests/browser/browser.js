// What the checks share: the browser, the people of the example city, addresses for every page of the router.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { chromium } from "playwright-core";

export const PASSWORD = "veche-demo-2026";
export const [, , base, program, data] = process.argv;
export const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const chromiumPath = process.env.CHROMIUM || "/usr/bin/chromium";
export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 900 };

export const launch = () => chromium.launch({ executablePath: chromiumPath, args: flags });

let checks = 0;
const failures = [];
export const ok = (condition, what) => {
  checks += 1;
  if (!condition) { failures.push(what); console.log(`FAILED ${what}`); }
  return condition;
};
export const finish = (name) => {
  console.log(`${name}: ${checks - failures.length} of ${checks} checks passed`);
  process.exit(failures.length ? 1 : 0);
};

// One GraphQL request; its data.
export async function ask(query, variables = {}, token = null) {
  const headers = { "content-type": "application/json", "accept-language": "ru" };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await (await fetch(`${base}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) })).json();
  if (answer.errors) throw new Error(`${query}: ${JSON.stringify(answer.errors)}`);
  return answer.data;
}

// A mutation that must not be refused; its payload.
export async function must(name, input, select, token) {
  const type = name === "createInitiative" ? "Initiative" : name[0].toUpperCase() + name.slice(1);
  const payload = (await ask(`mutation($input: ${type}Input!) { ${name}(input: $input) { ${select} userErrors { message path } } }`, { input }, token))[name];
  if (payload.userErrors.length) throw new Error(`${name}: ${JSON.stringify(payload.userErrors)}`);
  return payload;
}

export async function session(email, password = PASSWORD) {
  return (await must("logIn", { email, password }, "session { token participant { id } }")).session;
}

// A browser context, logged in by its cookie where a session is given.
export async function context(browser, { token = null, lang = "ru", ...options } = {}) {
  const made = await browser.newContext({ viewport: DESK, locale: lang === "ru" ? "ru-RU" : "en-GB", timezoneId: "Europe/Moscow", ...options });
  const { hostname } = new URL(base);
  const cookie = (name, value) => ({ name, value, domain: hostname, path: "/", httpOnly: true, sameSite: "Lax" });
  const cookies = [cookie("veche_display", `lang:${lang}`)];
  if (token) cookies.push(cookie("veche_session", token));
  await made.addCookies(cookies);
  return made;
}

// Every page of the router: its pattern, and whether it has a form.
export const places = () => execFileSync(program, ["pages"], { encoding: "utf8" }).trim().split("\n").map((line) => {
  const [get, post, path] = line.split(" ");
  return { page: get === "GET", form: post === "POST", path };
});

// Whether an address shows something to look at, not a file.
export const isShown = (path) => !/\.(atom|xml|txt|png|csv|js|webmanifest)(\?|$)|^\/search\/suggest/.test(path);

// Things of the example city to fill the parameters of addresses with.
export async function world(token) {
  const found = await ask(`{
    initiatives(first: 100) { nodes { id state comments(first: 1) { nodes { id } } milestones { id doneAt } } }
    tickets(first: 1) { nodes { number } } clusters(first: 5, orderBy: LARGEST) { nodes { id } }
    departments { id } services(first: 1) { nodes { id } } workingGroups(first: 1) { nodes { id } } me { id } topics { id } territories { id } searchSynonyms { id }
  }`, {}, token);
  const draft = await must("createInitiative", { title: "Скамейки у поликлиники", goal: "Поставить три скамейки со спинками у входа.", departmentId: found.departments[0].id }, "initiative { id }", token);
  const initiatives = {};
  for (const node of found.initiatives.nodes) (initiatives[node.state] ??= []).push(node);
  const first = (state) => (initiatives[state] ?? found.initiatives.nodes)[0];
  const commented = found.initiatives.nodes.find((node) => node.comments.nodes.length);
  const steps = found.initiatives.nodes.flatMap((node) => node.milestones);
  // Asked by nobody: what everybody may read.
  const answered = (await ask("{ tickets(first: 1, filter: { states: [ANSWERED] }) { nodes { number } } }")).tickets.nodes[0].number;
  return {
    initiative: first("VOTING").id, review: first("IN_REVIEW").id, accepted: first("ACCEPTED").id, doing: first("IN_IMPLEMENTATION").id,
    states: Object.fromEntries(Object.entries(initiatives).map(([state, nodes]) => [state, nodes[0].id])),
    draft: draft.initiative.id, comment: commented.comments.nodes[0].id, milestone: (steps.find((step) => !step.doneAt) ?? steps[0])?.id,
    ticket: found.tickets.nodes[0].number, answered,
    cluster: found.clusters.nodes[0].id, department: found.departments[0].id, group: found.workingGroups.nodes[0].id, service: found.services.nodes[0].id, me: found.me.id,
    synonyms: found.searchSynonyms[0].id,
  };
}

// Bots that report, one that fails, messages of every sort and an answer that did not arrive; the number of the oddest ticket.
// `words` stands wherever a channel's texts do. `report` lets the bots report again: one that is silent for some minutes counts as gone.
export async function channels(token, words = "Не горит фонарь у школы") {
  const { participant } = await must("createServiceAccount", { name: "Бот почты" }, "participant { id }", token);
  const { created } = await must("createAccessToken", { serviceAccountId: participant.id, name: "бот", scopes: ["INTAKE", "CONVERSE"] }, "created { secret }", token);
  const bot = created.secret;
  const report = async () => {
    for (const [channel, name, state] of [["EMAIL", "inbox@zarechye.example", "OK"], ["EMAIL", "roads@zarechye.example", "FAILING"], ["TELEGRAM", "zarechye_bot", "OK"]]) {
      await must("reportChannel", { channel, name, state, detail: state === "OK" ? "" : `535 5.7.8 authentication failed: ${words}`.slice(0, 2000), received: 12_345, ignored: 678 }, "", bot);
    }
  };
  await report();
  await must("keepUnreadableMessage", { channel: "EMAIL", externalId: `broken-${Date.now()}@example.org`, reason: `more than 1000 parts: ${words}`.slice(0, 500), content: Buffer.from(words).toString("base64") }, "", bot);
  const file = (name, content) => ({ name, contentType: "application/octet-stream", content: Buffer.from(content).toString("base64") });
  const odd = (await must("receiveMessage", {
    channel: "EMAIL", externalId: `odd-${Date.now()}@example.org`, sender: { address: "odd@zarechye.example", name: "Анна" }, text: `${words}\u200b`, public: true,
    quotation: `> ${words}`, replyToken: "forged", attachments: [file("notes.txt", "notes"), file("run.exe", "MZ\u0090\0")],
  }, "received { number }", bot)).received;
  const chat = (await must("receiveMessage", {
    channel: "TELEGRAM", externalId: `chat-${Date.now()}`, sender: { address: "771", name: words.slice(0, 60), verified: true }, text: words,
  }, "received { number ticketId }", bot)).received;
  await must("replyToTicket", { ticketId: chat.ticketId, text: "Починим завтра." }, "", token);
  for (let tries = 0, failed = false; tries < 100 && !failed; tries += 1) {
    const { messages } = await must("claimOutgoing", { channel: "TELEGRAM" }, "messages { id ticketNumber }", bot);
    for (const { id, ticketNumber } of messages) {
      await must("settleOutgoing", { id, outcome: "FAILED", error: `Forbidden: bot was blocked by the user ${words}`.slice(0, 400) }, "", bot);
      failed ||= ticketNumber === chat.number;
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  return { odd: odd.number, chat: chat.number, report };
}

// An address for a pattern; null where there is none to look at.
export function address(path, it) {
  const examples = {
    "/initiatives/:id/review": `/initiatives/${it.review}/review`,
    "/initiatives/:id/answer": `/initiatives/${it.accepted}/answer`,
    "/initiatives/:id/complete": `/initiatives/${it.doing}/complete`,
    "/initiatives/:id/vote": `/initiatives/${it.initiative}/vote?choice=0`,
    "/milestones/:id/complete": it.milestone ? `/milestones/${it.milestone}/complete` : null,
    "/statistics/:name": "/statistics/messages.csv",
    "/og/:file": `/og/${it.initiative}.png`,
    "/initiatives/:id/edit": `/initiatives/${it.draft}/edit`,
    "/initiatives/:id/coauthors": `/initiatives/${it.draft}/coauthors`,
    "/initiatives/:id/withdraw": `/initiatives/${it.draft}/withdraw`,
    "/node/:id": `/node/${it.initiative}`,
    "/search": "/search?q=%D0%B4%D0%BE%D1%80%D0%BE%D0%B3%D0%B0",
    "/search/suggest": "/search/suggest?q=%D0%B4%D0%BE%D1%80",
  };
  if (path in examples) return examples[path];
  const kinds = [
    [/^\/initiatives\/:id/, it.initiative], [/^\/comments\/:id/, it.comment], [/^\/milestones\/:id/, it.milestone], [/^\/clusters\/:id/, it.cluster],
    [/^\/departments\/:id/, it.department], [/^\/admin\/departments\/:id/, it.department], [/^\/admin\/groups\/:id/, it.group],
    [/^\/services\/:id/, it.service], [/^\/admin\/city-services\/:id/, it.service],
    [/^\/admin\/people\/:id/, it.me], [/^\/people\/:id/, it.me],
    [/^\/admin\/search\/synonyms\/:id/, it.synonyms],
  ];
  const id = kinds.find(([pattern]) => pattern.test(path))?.[1];
  const filled = path.replace(":number", it.ticket).replace(":token", "example").replace(":id", id ?? ":id");
  if (filled.includes(":")) throw new Error(`no example for the page ${path}: add one to tests/browser/browser.js`);
  return filled;
}

// The newest mail to somebody that the server wrote into its outbox, decoded, when there is one with such a text.
export async function mail(to, pattern) {
  const folder = `${data}/outbox`;
  for (let tries = 0; tries < 300; tries += 1) {
    let names = [];
    try { names = readdirSync(folder).filter((name) => name.endsWith(".eml")); } catch { /* nothing was sent yet */ }
    for (const name of names) {
      const text = decoded(readFileSync(`${folder}/${name}`, "utf8"));
      const found = text.toLowerCase().includes(to.toLowerCase()) && text.match(pattern);
      if (found) return found;
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`no mail to ${to} with ${pattern}`);
}

// The head of a mail and the words of its parts.
function decoded(mail) {
  const [head] = mail.split(/\r?\n\r?\n/, 1);
  const boundary = /boundary="?([^"\r\n;]+)/i.exec(head)?.[1];
  const parts = boundary ? mail.split(`--${boundary}`).slice(1, -1) : [mail];
  return [head, ...parts.map((part) => {
    const [about] = part.split(/\r?\n\r?\n/, 1);
    const body = part.slice(about.length);
    const way = /content-transfer-encoding:\s*(\S+)/i.exec(about)?.[1].toLowerCase();
    if (way === "base64") return Buffer.from(body, "base64").toString("utf8");
    if (way !== "quoted-printable") return body;
    return Buffer.from(body.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), "latin1").toString("utf8");
  })].join("\n");
}
