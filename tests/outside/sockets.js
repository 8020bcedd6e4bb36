// graphql-transport-ws, by the client of the package graphql-ws and by hand: node sockets.js http://127.0.0.1:8080
// The server has short times: VECHE_LIMITS_SOCKET_INIT_SECONDS=1, VECHE_LIMITS_SUBSCRIPTIONS=3.
import { isDeepStrictEqual } from "node:util";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const base = process.argv[2];
const url = `${base.replace(/^http/, "ws")}/graphql`;
let passed = 0;
const failures = [];

async function check(name, run) {
  let timer;
  const late = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error("nothing came in 20 s")), 20_000); });
  try {
    await Promise.race([run(), late]);
    passed += 1;
  } catch (error) {
    failures.push(`${name}: ${error.message ?? JSON.stringify(error)}`);
  }
  clearTimeout(timer);
}

const equal = (actual, expected) => {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
};

/** A socket that keeps what it hears. */
function open({ protocol = "graphql-transport-ws", path = url, ...options } = {}) {
  const socket = new WebSocket(path, protocol, options);
  const heard = [];
  const waiting = [];
  const give = (item) => { const next = waiting.shift(); if (next) next(item); else heard.push(item); };
  socket.on("message", (data) => give(JSON.parse(data.toString())));
  socket.on("close", (code, reason) => give({ closed: code, reason: reason.toString() }));
  socket.on("error", (error) => give({ failed: error.message }));
  return {
    socket,
    opened: new Promise((done) => { socket.on("open", done); socket.on("error", done); }),
    send: (message) => socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    next: () => (heard.length ? Promise.resolve(heard.shift()) : new Promise((done) => waiting.push(done))),
  };
}

async function acknowledged(options) {
  const connection = open(options);
  await connection.opened;
  connection.send({ type: "connection_init" });
  equal(await connection.next(), { type: "connection_ack" });
  return connection;
}

const subscribe = (id, query, more = {}) => ({ id, type: "subscribe", payload: { query, ...more } });

/** A subscription that goes on: to a ticket of our own. */
const answer = await fetch(`${base}/graphql`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query: `mutation { submitFeedback(input: { text: "Не горит фонарь у школы." }) { submitted { number secret } } }` }),
});
const { number, secret } = (await answer.json()).data.submitFeedback.submitted;
const LIVE = `subscription { ticketUpdated(number: "${number}", secret: "${secret}") { state } }`;

/** What closes a connection, by code and reason. */
async function closes(name, code, reason, act, start = acknowledged) {
  await check(name, async () => {
    const connection = await start();
    await act(connection);
    let last = await connection.next();
    while (last.closed === undefined && last.failed === undefined) last = await connection.next();
    equal(last, { closed: code, reason });
  });
}

const fresh = async () => { const connection = open(); await connection.opened; return connection; };
const invalid = "Invalid message received";

await closes("no connection_init", 4408, "Connection initialisation timeout", async () => {}, fresh);
await closes("two of them", 4429, "Too many initialisation requests", async (c) => c.send({ type: "connection_init" }));
await closes("two at once", 4429, "Too many initialisation requests", async (c) => { c.send({ type: "connection_init" }); c.send({ type: "connection_init" }); }, fresh);
await closes("subscribe before", 4401, "Unauthorized", async (c) => c.send(subscribe("1", "{ __typename }")), fresh);
await closes("a token that does not work", 4403, "Forbidden", async (c) => c.send({ type: "connection_init", payload: { token: "nobody's" } }), fresh);
for (const [name, message] of [
  ["no JSON", "hello"], ["a number", "1"], ["null", "null"], ["a list", "[]"], ["no type", {}], ["an unknown type", { type: "stop" }],
  ["a type of another kind", { type: 1 }], ["a server's type", { type: "connection_ack" }], ["no id", { type: "subscribe", payload: { query: "{ a }" } }],
  ["an empty id", subscribe("", "{ __typename }")], ["an id of another kind", subscribe(1, "{ __typename }")], ["no payload", { id: "1", type: "subscribe" }],
  ["a payload of another kind", { id: "1", type: "subscribe", payload: "{ __typename }" }], ["no query", { id: "1", type: "subscribe", payload: {} }],
  ["a query of another kind", { id: "1", type: "subscribe", payload: { query: 1 } }], ["variables of another kind", subscribe("1", "{ __typename }", { variables: "x" })],
  ["a name of another kind", subscribe("1", "{ __typename }", { operationName: 1 })], ["extensions of another kind", subscribe("1", "{ __typename }", { extensions: "x" })],
  ["complete without id", { type: "complete" }], ["a ping with a text", { type: "ping", payload: "x" }], ["a pong with a text", { type: "pong", payload: "x" }],
  ["bytes", Buffer.from([1, 2, 3])], ["far too deep", `{"type":"ping","payload":{"a":${"[".repeat(1000)}${"]".repeat(1000)}}}`],
]) await closes(name, 4400, invalid, async (c) => c.send(message));
await closes("an init with a text", 4400, invalid, async (c) => c.send({ type: "connection_init", payload: "x" }), fresh);
await closes("the same id twice", 4409, "Subscriber for twice already exists", async (c) => { c.send(subscribe("twice", LIVE)); c.send(subscribe("twice", LIVE)); });
await closes("too large a message", 1009, "Message too big", async (c) => c.send({ type: "ping", payload: { a: "x".repeat(2 << 20) } }));

await check("ping is answered with its payload", async () => {
  const c = await acknowledged();
  c.send({ type: "ping", payload: { at: 1 } });
  equal(await c.next(), { type: "pong", payload: { at: 1 } });
  c.send({ type: "ping" });
  equal(await c.next(), { type: "pong" });
  c.send({ type: "pong" });
  c.send(subscribe("1", "{ __typename }"));
  equal((await c.next()).payload.data, { __typename: "Query" });
  equal(await c.next(), { id: "1", type: "complete" });
  c.send(subscribe("1", "{ __typename }"));
  equal((await c.next()).id, "1");
  c.socket.close();
});
await check("ping before init", async () => {
  const c = await fresh();
  c.send({ type: "ping" });
  equal(await c.next(), { type: "pong" });
  c.socket.close();
});
await check("a document that is not valid is an error and the id is free again", async () => {
  const c = await acknowledged();
  for (const query of ["{", "{ nothing }", "subscription { nothing }"]) {
    c.send(subscribe("1", query));
    const { type, id, payload } = await c.next();
    equal([type, id, Array.isArray(payload) && payload.length > 0 && payload[0].extensions.code], ["error", "1", "BAD_REQUEST"]);
  }
  c.socket.close();
});
await check("a subscription that cannot begin says why and is complete", async () => {
  const c = await acknowledged();
  c.send(subscribe("1", "subscription { voteTally(initiativeId: \"x\") { ballots } }"));
  const { type, payload } = await c.next();
  equal([type, payload.data ?? null, payload.errors[0].extensions.code], ["next", null, "BAD_REQUEST"]);
  equal(await c.next(), { id: "1", type: "complete" });
  c.socket.close();
});
await check("complete ends a subscription in silence", async () => {
  const c = await acknowledged();
  c.send(subscribe("1", LIVE));
  c.send({ id: "1", type: "complete" });
  c.send({ id: "unknown", type: "complete" });
  c.send({ type: "ping" });
  let heard = await c.next();
  while (heard.type === "next") heard = await c.next();
  equal(heard, { type: "pong" });
  c.socket.close();
});
await check("too many operations at once", async () => {
  const c = await acknowledged();
  for (const id of ["1", "2", "3", "4"]) c.send(subscribe(id, LIVE));
  let heard = await c.next();
  while (heard.type === "next") heard = await c.next();
  equal([heard.type, heard.id, heard.payload[0].extensions.code], ["error", "4", "TOO_COMPLEX"]);
  c.socket.close();
});
for (const [name, options] of [["another site's page", { origin: "https://evil.example" }], ["no page at all", { origin: "null" }], ["another protocol", { protocol: "graphql-ws" }], ["no protocol", { protocol: [] }]]) {
  await check(`${name} is not let in`, async () => {
    const c = open(options);
    await c.opened;
    const heard = await c.next();
    if (!/Unexpected server response: (403|400)/.test(heard.failed ?? "")) throw new Error(JSON.stringify(heard));
  });
}
await check("our own page is let in, at both addresses", async () => {
  for (const path of [url, `${url}/ws`]) (await acknowledged({ path, origin: base })).socket.close();
});

// The client of graphql-ws.
const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
const collect = (payload) => new Promise((done, fail) => {
  const all = [];
  client.subscribe(payload, { next: (value) => all.push(value), error: fail, complete: () => done(all) });
});
await check("the client: a query", async () => {
  const [{ data }] = await collect({ query: "query($n: String!) { __type(name: $n) { name } }", variables: { n: "Initiative" } });
  equal(data, { __type: { name: "Initiative" } });
});
await check("the client: many queries at once on one socket", async () => {
  for (let round = 0; round < 20; round += 1) {
    const all = await Promise.all([0, 1, 2].map(() => collect({ query: "{ __typename }" })));
    equal(all.length, 3);
  }
});
await check("the client: an error", async () => {
  try {
    await collect({ query: "{ nothing }" });
  } catch (errors) {
    equal(errors[0].extensions.code, "BAD_REQUEST");
    return;
  }
  throw new Error("no error");
});
await check("the client: a mutation", async () => {
  const [{ data }] = await collect({ query: "mutation { logIn(input: { email: \"a@example.org\", password: \"wrong\" }) { userErrors { code } } }" });
  equal(data.logIn.userErrors[0].code, "WRONG_CREDENTIALS");
});
await client.dispose();

for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`socket cases: ${passed} of ${passed + failures.length} passed`);
process.exit(failures.length ? 1 : 0);
