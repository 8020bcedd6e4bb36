"""The program under test: a server with settings and data of its own, people in it, and its mail bot."""

import http.client
import json
import os
import re
import subprocess
from pathlib import Path

from mailserver import AUTHSERV, DOMAIN, PASSWORD, text_of
from processes import Process, free_port, until

ADMIN_PASSWORD = "a long enough password"
# So many requests come from one address here that the usual rates would stand in the way.
MANY = {"burst": 1_000_000_000, "per_minute": 1_000_000_000}
RATES = ("log_in", "registration", "voting", "feedback", "writing", "spending", "spending_per_address")


# Work that waits for its hour and that nobody hears of.
LATER = {"learn", "relabel", "draw_map"}


class Refused(AssertionError):
    """The API refused: `errors` as it gave them."""

    def __init__(self, errors):
        super().__init__(json.dumps(errors, ensure_ascii=False))
        self.errors = errors


def toml(sections):
    """Settings as the program reads them: values that JSON writes as TOML does, tables within tables inline, lists of tables as such."""

    def value(v):
        if isinstance(v, dict):
            return "{ " + ", ".join(f"{k} = {value(x)}" for k, x in v.items()) + " }"
        if isinstance(v, list):
            return "[" + ", ".join(value(x) for x in v) + "]"
        if isinstance(v, Path):
            v = str(v)
        return json.dumps(v, ensure_ascii=False)

    lines = []
    for name, entries in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{k} = {value(v)}" for k, v in entries.items()]
    return "\n".join(lines) + "\n"


def environment():
    """This process's own, without what would reach into the program's settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith("VECHE_") and k != "DATABASE_URL"}


def deep(base, more):
    """Settings with others over them."""
    merged = {name: dict(entries) for name, entries in base.items()}
    for name, entries in more.items():
        merged.setdefault(name, {}).update(entries)
    return merged


def outgoing(mail, name="inbox"):
    """The settings of a server that sends through our SMTP server."""
    return {
        "mail": {
            "transport": "smtp",
            "smtp_url": f"smtp://127.0.0.1:{mail.smtp_port}",
            "from": f"Вече <{name}@{DOMAIN}>",
            "reply_to": f"{name}@{DOMAIN}",
            "bounces": f"bounce@{DOMAIN}",
        }
    }


def incoming(mail, name="inbox", port=None, boxes=None, **more):
    """The settings of a mail bot on mailboxes of ours, of which the first is read by TLS, further ones by STARTTLS; `port` where something
    stands before Dovecot. `name` is where people write to."""
    mailboxes = [
        {"host": "localhost", "ca_file": mail.ca, "user": box, "password": PASSWORD}
        | ({"port": port or mail.imaps_port} if n == 0 or port else {"port": mail.imap_port, "tls": "starttls"})
        for n, box in enumerate(boxes or [name])
    ]
    # Dovecot's LMTP writes one field `Received` above what the SMTP server wrote.
    known = {"addresses": [f"{name}@{DOMAIN}"], "bounces": f"bounce@{DOMAIN}", "authserv_id": AUTHSERV, "received_above": 1}
    return {"email": {"mailboxes": mailboxes, **known, **more}}


class Service:
    """`veche serve` with its own data. It can be stopped, killed and started again on the same port."""

    def __init__(self, program, folder, settings=None, name="veche"):
        self.program = str(Path(program).resolve())
        self.folder = Path(folder) / name
        self.folder.mkdir(mode=0o711)
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        base = {
            "http": {"listen": f"127.0.0.1:{self.port}", "public_url": self.url},
            "limits": {rate: MANY for rate in RATES},
        }
        self.settings = deep(base, settings or {})
        self.config = self.folder / "veche.toml"
        self.data = self.folder / "data"
        self.process = None
        self.token = None
        self.bots = 0

    def start(self):
        self.config.write_text(toml(self.settings))
        command = [self.program, "serve", "--config", self.config, "--data", self.data]
        self.process = Process(command, self.folder / "serve.err", env=environment())
        try:
            self.process.says("Veche listens on ", 120)
        except BaseException:
            self.process.kill()
            raise
        return self

    def stop(self):
        if self.process:
            self.process.stop()

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, kind, error, trace):
        if self.process:
            self.process.__exit__(kind, error, trace)

    # -- the API ------------------------------------------------------------------------------------------------------

    def post(self, query, variables=None, token=None, headers=None):
        """The whole answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        head = {"content-type": "application/json", "accept-language": "ru", **(headers or {})}
        if token:
            head["authorization"] = f"Bearer {token}"
        try:
            connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables or {}}), head)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        try:
            return json.loads(body)
        except ValueError:
            raise AssertionError(f"HTTP {answer.status}: {body[:300]!r}") from None

    def query(self, query, variables=None, token=None):
        # An empty token: nobody.
        answer = self.post(query, variables, self.token if token is None else token)
        if answer.get("errors"):
            raise Refused(answer["errors"])
        return answer["data"]

    def write(self, name, given, wanted, token=None):
        """A mutation with one input; its payload."""
        kind = name[0].upper() + name[1:] + "Input"
        # The one whose input is named otherwise.
        kind = {"CreateInitiativeInput": "InitiativeInput"}.get(kind, kind)
        text = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {wanted} userErrors {{ code message path }} }} }}"
        payload = self.query(text, {"input": given}, token)[name]
        if payload["userErrors"]:
            raise Refused(payload["userErrors"])
        return payload

    # -- people -------------------------------------------------------------------------------------------------------

    def claim(self):
        """Makes the first administrator, who is an expert too; their session is what requests are made with from now on."""
        link = self.process.says("Become the administrator (this link works once): ")
        account = {"name": "Администратор", "email": f"admin@{DOMAIN}", "password": ADMIN_PASSWORD, "locale": "RU"}
        given = {"token": link.rstrip("/").rsplit("/", 1)[-1], "account": account}
        session = self.write("claimInstallation", given, "session { token participant { id } }")["session"]
        self.token = session["token"]
        roles = {"participantId": session["participant"]["id"], "roles": ["CITIZEN", "ADMINISTRATOR", "EXPERT", "MODERATOR"]}
        self.write("setRoles", roles, "participant { id }")
        # Roles are those of the session's beginning where a session was begun before.
        given = {"email": account["email"], "password": ADMIN_PASSWORD}
        self.token = self.write("logIn", given, "session { token }", token="")["session"]["token"]
        return self

    def citizen(self, mail, name, address):
        """An account whose address was confirmed by the link in the mail; its session's token."""
        given = {"name": name, "email": address, "password": ADMIN_PASSWORD, "locale": "RU"}
        before = len(mail.log)
        self.write("register", given, "email", token="")
        letter = mail.wait(f"the link for {address}", lambda s: s.taken and s.recipient == address, since=before)
        token = re.search(r"/confirm\w*/([\w-]+)|[?&]token=([\w-]+)", text_of(letter.mail))
        self.write("confirmEmail", {"token": token[1] or token[2]}, "participant { id }", token="")
        given = {"email": address, "password": ADMIN_PASSWORD}
        return self.write("logIn", given, "session { token }", token="")["session"]["token"]

    def bot_token(self, name="Почтовый бот"):
        """An access token of a new service account that may bring messages."""
        account = self.write("createServiceAccount", {"name": name}, "participant { id }")["participant"]["id"]
        given = {"name": name, "scopes": ["INTAKE", "CONVERSE"], "serviceAccountId": account}
        payload = self.write("createAccessToken", given, "created { secret }")
        return payload["created"]["secret"]

    # -- the mail bot -------------------------------------------------------------------------------------------------

    def bot_config(self, settings, token):
        """The settings file of a bot that knows the server only by its address and a token."""
        self.bots += 1
        path = self.folder / f"bot-{self.bots}.toml"
        path.write_text(toml(deep({"bots": {"api": f"{self.url}/graphql", "token": token}}, settings)))
        return path

    def bot(self, config):
        """Starts `veche bot email`."""
        command = [self.program, "bot", "email", "--config", config, "--data", self.folder / "bot"]
        return Process(command, self.folder / f"{Path(config).stem}.err", env=environment())

    def pipe(self, config, content, *recipients):
        """Hands a mail to `veche bot email --stdin`, as a mail server does: the exit status and what it said."""
        command = [self.program, "bot", "email", "--stdin", "--config", str(config), "--data", str(self.folder / "bot")]
        if recipients:
            command += ["--recipient", *recipients]
        done = subprocess.run(command, input=content, capture_output=True, timeout=120, env=environment())
        return done.returncode, done.stderr.decode(errors="replace")

    # -- tickets ------------------------------------------------------------------------------------------------------

    TICKET = """id number state subject channel author { id name } sender { address name }
        articles(first: 100) { nodes { id direction channel body quotation flags edited
            attachments { id name quarantined } refusedFiles { name reason }
            deliveries { channel state error } } }"""

    def tickets(self, wanted="number subject", first=100):
        """All tickets, newest first."""
        found, after = [], None
        while True:
            page = self.query(
                f"query($after: String, $first: Int) {{ tickets(first: $first, after: $after) {{ nodes {{ {wanted} }}"
                " pageInfo { hasNextPage endCursor } } }",
                {"after": after, "first": first},
            )["tickets"]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def ticket(self, number):
        return self.query(f"query($number: String!) {{ ticket(number: $number) {{ {self.TICKET} }} }}", {"number": number})["ticket"]

    def answer(self, number, text):
        """An expert's answer."""
        given = {"ticketId": self.ticket(number)["id"], "text": text}
        return self.write("replyToTicket", given, "ticket { id }")

    # -- background work ----------------------------------------------------------------------------------------------

    def at_rest(self):
        """Whether nothing is left to be done: no jobs, no mail that waits to be sent."""
        found = self.query("{ jobs { task waiting running } waitingDeliveries }")
        left = [job for job in found["jobs"] if job["task"] not in LATER and job["waiting"] + job["running"]]
        return not left and not found["waitingDeliveries"]

    def settle(self, limit=60.0):
        """Waits until nothing is left to be done."""
        until("background work to end", self.at_rest, limit)

    def sql(self, statement):
        """A statement in the private database, for what the API rightly cannot do: to move the clock."""
        # The owner of the cluster notes the folder of its socket in the file that it locks.
        socket = (self.data / "pg.lock").read_text().strip()
        psql = next(path / "psql" for path in programs() if (path / "psql").exists())
        command = [psql, "-X", "-q", "-t", "-A", "-h", socket, "-U", "veche", "-d", "veche", "-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def programs():
    """Where PostgreSQL's programs may be, as script/lib.sh and the program itself look for them."""
    places = [os.environ.get("PG_BIN_DIR", ""), *os.environ.get("PATH", "").split(":")]
    root = Path(__file__).resolve().parents[2]
    found = [Path(place) for place in places if place] + [root / "data/postgres/bin", Path("/var/lib/veche/postgres/bin")]
    return found + sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def ticket_of(service, what, wanted, limit=60.0):
    """The first ticket of the list for which `wanted` is true, once there is one, whole."""
    found = until(what, lambda: next((t for t in service.tickets("number subject") if wanted(t)), None), limit)
    return service.ticket(found["number"])
