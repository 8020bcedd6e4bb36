"""How many messages a second come in, through `receiveMessage` over HTTP and through a mailbox (IMAP), and where the processor's time
goes: the bot, the server, the database, the mail server, the load itself. Arguments: the program; --messages N; --clients N …"""

import argparse
import concurrent.futures
import http.client
import json
import os
import smtplib
import sys
import threading
import time
from pathlib import Path

from letters import PNG, address, letter
from mailserver import MailServer
from processes import Late, folder
from service import Service, incoming

TICK = os.sysconf("SC_CLK_TCK")
WHAT = ["Не горит фонарь", "Второй день нет горячей воды", "Не убирают снег", "Глубокая яма на дороге", "Автобус 14 опять не пришёл",
        "Переполнены мусорные баки", "Сломаны качели", "Протекает крыша в подъезде", "Не работает светофор", "Шумит стройка по ночам"]  # fmt: skip
WHERE = ["на Садовой улице", "у школы № 5", "возле поликлиники", "на Липовой улице", "у рынка", "в Заречье", "на набережной"]
WISH = ["Просим прислать мастера как можно скорее.", "Звонили в управляющую компанию, ответа нет.", "Дети боятся там ходить."]


def words(n):
    return f"{WHAT[n % 10]} {WHERE[n // 3 % 7]}, это продолжается с {1 + n % 28} числа. {WISH[n // 7 % 3]}"


def processes():
    """Of each process: its parent, name and the processor time of itself and of its children that ended, in ticks."""
    found = {}
    for path in Path("/proc").iterdir():
        if not path.name.isdigit():
            continue
        try:
            head, _, rest = (path / "stat").read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        # proc(5): after the name come the state and the parent; utime and stime, then those of children that were waited for.
        found[int(path.name)] = (int(fields[1]), head.split("(", 1)[1], sum(map(int, fields[11:15])))
    return found


class Account:
    """Processor time by part, since it was made."""

    def __init__(self, **roots):
        self.roots = roots
        self.begun = self._now()

    def _now(self):
        table = processes()
        children = {}
        for pid, (parent, *_) in table.items():
            children.setdefault(parent, []).append(pid)
        spent = dict.fromkeys([*self.roots, "database"], 0)
        for part, root in self.roots.items():
            todo = [(root, part)]
            while todo:
                pid, of = todo.pop()
                if pid not in table:
                    continue
                _, name, ticks = table[pid]
                if name.startswith("postgres") and part == "server":
                    of = "database"
                spent[of] += ticks
                if part != "load":
                    todo += [(child, of) for child in children.get(pid, [])]
        return {part: ticks / TICK for part, ticks in spent.items()}

    def seconds(self):
        """Since the account was opened."""
        return {part: round(now - self.begun.get(part, 0), 2) for part, now in self._now().items()}


def stored(service):
    return int(service.sql("select count(*) from articles where direction = 'IN'"))


def wait_for(service, count, limit=600):
    """Waits until so many messages are stored; looked at seldom, as every look costs what is measured."""
    end = time.monotonic() + limit
    while (now := stored(service)) < count:
        if time.monotonic() > end:
            raise Late(f"{now} of {count} messages in {limit} s")
        time.sleep(0.25)


def row(how, clients, count, seconds, spent):
    total = sum(of for part, of in spent.items()) or 1
    return {
        "way": how, "clients": clients, "messages": count, "seconds": round(seconds, 2), "per_second": round(count / seconds, 1),
        "cpu_ms_per_message": {part: round(1000 * of / count, 2) for part, of in spent.items()},
        "cpu_share": {part: round(of / total, 3) for part, of in spent.items()},
    }  # fmt: skip


QUERY = (
    "mutation($input: ReceiveMessageInput!) { receiveMessage(input: $input)"
    " { received { number secret refusedFiles { name } } userErrors { code message } } }"
)


def by_http(service, token, count, clients):
    """Messages by `receiveMessage`, so many at once, each over a connection that is kept."""
    next_ = iter(range(count))
    lock = threading.Lock()

    def client():
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        head = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        while True:
            with lock:
                n = next(next_, None)
            if n is None:
                connection.close()
                return
            id = f"{clients}.{n}@bench.example"
            given = {
                "channel": "EMAIL", "externalId": id, "conversation": id, "subject": WHAT[n % 10], "text": words(n),
                "clientMutationId": f"EMAIL:{id}", "sender": {"address": f"c{n % 500}@bench.example", "name": "Анна", "verified": True},
            }  # fmt: skip
            connection.request("POST", "/graphql", json.dumps({"query": QUERY, "variables": {"input": given}}), head)
            answer = json.loads(connection.getresponse().read())
            if answer.get("errors") or answer["data"]["receiveMessage"]["userErrors"]:
                raise AssertionError(answer)

    account = Account(server=service.process.pid, load=os.getpid())
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(client) for _ in range(clients)]:
            done.result()
    return row("receiveMessage over HTTP", clients, count, time.monotonic() - begun, account.seconds())


def by_imap(service, mail, token, count, box, files):
    """Messages by the bot, from a mailbox that is full when it starts."""
    with smtplib.LMTP("127.0.0.1", mail.lmtp_port, timeout=60) as lmtp:
        for n in range(count):
            attached = [("Снимок.png", "image/png", PNG + bytes(20_000))] if files else []
            content = letter(f"c{n % 500}", words(n), to=box, subject=WHAT[n % 10], id=f"<{box}.{n}@bench.example>", files=attached)
            lmtp.sendmail(address("c"), [address(box)], content)
    before = stored(service)
    config = service.bot_config(incoming(mail, box), token)
    account = Account(server=service.process.pid, mail=mail.dovecot.pid)
    begun = time.monotonic()
    with service.bot(config) as bot:
        account.roots["bot"] = bot.pid
        wait_for(service, before + count)
        seconds = time.monotonic() - begun
        spent = account.seconds()
    return row("IMAP, each with a picture" if files else "IMAP", 1, count, seconds, spent)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("program")
    arguments.add_argument("--messages", type=int, default=1000)
    arguments.add_argument("--clients", type=int, nargs="*", default=[1, 16])
    given = arguments.parse_args()
    boxes = ["plain", "files"]
    rows = []
    with folder() as place, MailServer(place, [*boxes, "admin"]) as mail:
        # No acknowledgements: what comes in is measured, not what goes out. Mail that has to leave becomes a file.
        settings = {"feedback": {"acknowledgements_an_hour": 0}}
        with Service(given.program, place, settings).start() as service:
            service.claim()
            token = service.bot_token()
            for clients in given.clients:
                rows.append(by_http(service, token, given.messages, clients))
                service.settle(600)
            for box in boxes:
                rows.append(by_imap(service, mail, token, given.messages, box, box == "files"))
                service.settle(600)
    parts = ["bot", "server", "database", "mail", "load"]
    print(f"{'way':28} {'clients':>7} {'messages':>8} {'per s':>8}   " + " ".join(f"{part:>15}" for part in parts))
    for r in rows:
        cells = [f"{r['cpu_share'][p]:.0%} {r['cpu_ms_per_message'][p]:.2f} ms" if p in r["cpu_share"] else "" for p in parts]
        print(f"{r['way']:28} {r['clients']:>7} {r['messages']:>8} {r['per_second']:>8}   " + " ".join(f"{cell:>15}" for cell in cells))
    print(json.dumps({"intake": rows}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
