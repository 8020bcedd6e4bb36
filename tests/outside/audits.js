// The audits of GraphQL over HTTP by the package graphql-http: node audits.js http://127.0.0.1:8080/graphql
import { auditServer } from "graphql-http";

const url = process.argv[2];
const results = await auditServer({ url });
const count = { ok: 0, warn: 0, error: 0 };
for (const result of results) {
  count[result.status] += 1;
  if (result.status !== "ok") console.log(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
}
console.log(`audits: ${count.ok} of ${results.length} passed`);
process.exit(count.ok === results.length ? 0 : 1);
