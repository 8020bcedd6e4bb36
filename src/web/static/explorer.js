// A small explorer of the API: runs queries, follows subscriptions, lists the schema. No library, nothing from elsewhere.
const at = (id) => document.getElementById(id);
let socket = null;

const headers = () => {
  const all = { "content-type": "application/json", accept: "application/json" };
  if (at("token").value) all.authorization = `Bearer ${at("token").value}`;
  return all;
};

const show = (value) => { at("result").textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2); };

async function send(query, variables) {
  const answer = await fetch("/graphql", { method: "POST", headers: headers(), body: JSON.stringify({ query, variables }) });
  return answer.json();
}

function stop() {
  if (socket) socket.close(1000);
  socket = null;
  at("stop").hidden = true;
}

function subscribe(query, variables) {
  stop();
  at("stop").hidden = false;
  socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/graphql/ws`, "graphql-transport-ws");
  const token = at("token").value;
  const lines = [];
  socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init", payload: token ? { token } : {} }));
  socket.onclose = () => { at("stop").hidden = true; };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "connection_ack") {
      socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query, variables } }));
    } else if (message.type === "ping") {
      socket.send(JSON.stringify({ type: "pong" }));
    } else if (message.type === "next" || message.type === "error") {
      lines.unshift(JSON.stringify(message.payload, null, 2));
      show(lines.slice(0, 100).join("\n\n"));
    }
  };
}

async function run(event) {
  event.preventDefault();
  const query = at("query").value;
  try {
    const variables = JSON.parse(at("variables").value || "{}");
    if (/^\s*subscription\b/m.test(query)) {
      show("…");
      subscribe(query, variables);
    } else {
      show(await send(query, variables));
    }
  } catch (error) {
    show(String(error));
  }
}

const INTROSPECTION = `{ __schema { types { kind name description
  fields { name description args { name } type { name kind ofType { name kind ofType { name kind ofType { name } } } } }
  inputFields { name description type { name kind ofType { name kind ofType { name kind ofType { name } } } } }
  enumValues { name description } } } }`;

const typeName = (type) => {
  if (type.kind === "NON_NULL") return `${typeName(type.ofType)}!`;
  if (type.kind === "LIST") return `[${typeName(type.ofType)}]`;
  return type.name;
};

const element = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });

async function docs() {
  const { data } = await send(INTROSPECTION, {});
  const order = (t) => ["Query", "Mutation", "Subscription"].indexOf(t.name) + 1 || 9;
  const types = data.__schema.types.filter((t) => !t.name.startsWith("__") && t.kind !== "SCALAR");
  types.sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name));
  for (const type of types) {
    const box = element("details");
    box.append(element("summary", type.name), element("p", type.description));
    const list = element("ul");
    for (const item of type.fields ?? type.inputFields ?? type.enumValues ?? []) {
      const row = element("li");
      const args = item.args?.length ? `(${item.args.map((a) => a.name).join(", ")})` : "";
      row.append(element("code", `${item.name}${args}${item.type ? `: ${typeName(item.type)}` : ""}`), ` ${item.description ?? ""}`);
      list.append(row);
    }
    box.append(list);
    at("docs").append(box);
  }
}

at("explorer").addEventListener("submit", run);
at("stop").addEventListener("click", stop);
document.addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key === "Enter") run(event); });
docs();
