// Lighthouse (mobile) on the five main pages: node lighthouse.js <base> <program> <data>
import lighthouse from "lighthouse";
import { address, base, chromiumPath, finish, flags, ok, session, world } from "./browser.js";
import { chromium } from "playwright-core";

const admin = await session("admin@zarechye.example");
const it = await world(admin.token);
const port = 9222 + (process.pid % 1000);
const browser = await chromium.launch({ executablePath: chromiumPath, args: [...flags, `--remote-debugging-port=${port}`] });
// The speed depends on the machine and on what else it does: it is always printed, and demanded where somebody asks for it.
const PERFORMANCE = Number(process.env.LIGHTHOUSE_PERFORMANCE ?? 0);
for (const path of ["/", "/initiatives", address("/initiatives/:id", it), "/report", `/tickets/${it.answered}`]) {
  // The speed of a shared machine comes and goes: the best of three is what the page can do.
  let best = null;
  for (let tries = 0; tries < 3; tries += 1) {
    const { lhr } = await lighthouse(base + path, { port, logLevel: "error", onlyCategories: ["accessibility", "best-practices", "seo", "performance"] });
    const score = Object.fromEntries(Object.entries(lhr.categories).map(([name, { score }]) => [name, Math.round(score * 100)]));
    const bytes = lhr.audits["total-byte-weight"].numericValue;
    if (!best || score.performance > best.score.performance) best = { score, bytes, lhr };
    if (score.performance >= Math.max(PERFORMANCE, 95)) break;
  }
  const { score, bytes, lhr } = best;
  const name = path.replace(/[A-Za-z0-9_-]{40,}/, "…");
  console.log(`${name}: performance ${score.performance}, accessibility ${score.accessibility}, best practices ${score["best-practices"]}, SEO ${score.seo}, ${Math.round(bytes / 1000)} kB`);
  for (const category of ["accessibility", "best-practices", "seo"]) {
    const missed = lhr.categories[category].auditRefs.map(({ id }) => lhr.audits[id]).filter((audit) => audit.score !== null && audit.score < 1);
    ok(score[category] === 100, `${name}: ${category} ${score[category]}: ${missed.map((audit) => audit.id).join(", ")}`);
  }
  ok(score.performance >= PERFORMANCE, `${name}: performance ${score.performance}`);
  ok(bytes < 100_000, `${name}: ${bytes} bytes`);
}
await browser.close();
finish("lighthouse");
