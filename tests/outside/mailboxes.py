"""Mail comes in exactly once, whatever happens on the way: 200 mails while the bot is killed at random moments and its connections are
cut. Arguments: the program, and how many seeds (`--seeds N`, 3 by default) or which (`--seed N`)."""

import argparse
import random
import re
import sys
import threading
import time
from collections import Counter

from faults import FaultProxy
from letters import PNG, address, letter
from mailserver import MailServer, text_of
from processes import Report, equal, folder, until
from service import Service, deep, incoming, outgoing

MAILS = 200
FOLLOW_UPS = 60
TWICE = 10
MACHINES = 10
CITIZENS = 20
# Times that the bot is killed at least, and the mail stops coming in between.
KILLS = 8


def letters(seed, box):
    """The mails of a run in the order in which they are sent: (sender, content, mark, the mark of the first mail of its thread)."""
    chance = random.Random(seed)
    threads, made = [], []
    kinds = ["follow-up"] * FOLLOW_UPS + ["new"] * (MAILS - FOLLOW_UPS)
    chance.shuffle(kinds)
    for n, kind in enumerate(kinds):
        mark = f"знак{seed}x{n:03}"
        id = f"<{mark.replace('знак', 'm')}@letters.example>"
        files = [(f"Снимок {n}.png", "image/png", PNG + chance.randbytes(chance.choice((10, 5_000, 60_000))))] if n % 5 == 0 else []
        text = f"Сообщение {mark}. " + " ".join(chance.choice(WORDS) for _ in range(chance.choice((5, 50, 400)))) + "\n"
        if kind == "follow-up" and threads:
            sender, first, ids = chance.choice(threads)
            content = letter(sender, text, to=box, id=id, reply_to=ids[-1], references=ids[:-1], files=files, subject="Re: Обращение")
            ids.append(id)
        else:
            sender, first = f"c{chance.randrange(CITIZENS)}", mark
            content = letter(sender, text, to=box, id=id, files=files, subject=f"Обращение {n}")
            threads.append((sender, mark, [id]))
        made.append((sender, content, mark, first))
    sent = list(made)
    for again in chance.sample(made, TWICE):
        # The same mail twice, later: a server that did not hear that it was taken.
        sent.insert(chance.randrange(sent.index(again) + 1, len(sent) + 1), again)
    for n in range(MACHINES):
        headers = [("Auto-Submitted", "auto-replied")]
        content = letter(f"c{n}", "Я в отпуске.", to=box, id=f"<auto{seed}x{n}@letters.example>", headers=headers)
        sent.insert(chance.randrange(len(sent)), (f"c{n}", content, None, None))
    return sent, made


WORDS = "фонарь двор снег дорога вода подъезд школа автобус мусор дерево светофор лестница крыша площадка остановка улица".split()


def run(service, mail, seed, token):
    """One seed, in a mailbox of its own."""
    begun = time.monotonic()
    box = f"box{seed}"
    sent, made = letters(seed, box)
    chance = random.Random(-seed)
    before = len(mail.log)
    with FaultProxy(mail, seed) as proxy:
        config = service.bot_config(incoming(mail, box, port=proxy.port), token)
        bot = service.bot(config)
        kills = 0
        try:
            failed = []
            sending = threading.Thread(target=send, args=(mail, sent, box, random.Random(seed + 1), failed), daemon=True)
            sending.start()
            while sending.is_alive() or kills < KILLS:
                # A random moment; what is tested happens between two of them.
                sending.join(chance.uniform(0.05, 2.0)) if sending.is_alive() else time.sleep(chance.uniform(0.05, 1.0))
                assert bot.runs(), f"the bot ended by itself:\n{bot.last_words()}"
                bot.kill()
                kills += 1
                bot = service.bot(config)
            if failed:
                raise failed[0]
            proxy.calm = True
            # Anew, so that it does not wait for its next try.
            bot.kill()
            bot = service.bot(config)
            until("every mail of the mailbox to be marked", lambda: mail.handled(box), 90, 0.2)
            bot.stop()
        finally:
            bot.kill()
    # A slow build understands what came in for longer than it took to come.
    service.settle(300)
    check(service, made, mail.log[before:])
    cuts = ", ".join(f"{n} {what}" for what, n in sorted(proxy.cuts.items()))
    print(f"       seed {seed}: {len(sent)} mails, {kills} kills, cuts: {cuts}, {time.monotonic() - begun:.1f} s", flush=True)
    return proxy.cuts, (seed, len(sent), kills, sum(proxy.cuts.values()), f"{time.monotonic() - begun:.1f}")


def send(mail, sent, box, chance, failed):
    """The mails come in over some seconds, in bursts."""
    try:
        for sender, content, _, _ in sent:
            mail.send(address(sender), address(box), content)
            if chance.random() < 0.05:
                time.sleep(chance.uniform(0, 0.4))
    except Exception as error:  # noqa: BLE001 told by the other thread
        failed.append(error)


def check(service, made, log):
    """Each mail is one article, on the ticket of its thread; each ticket was acknowledged once."""
    found = {}
    articles = Counter()
    for ticket in service.tickets("number articles(first: 50) { nodes { direction body attachments { name } } }", 20):
        for article in ticket["articles"]["nodes"]:
            if article["direction"] == "IN" and article["body"].startswith("Сообщение знак"):
                mark = article["body"].split()[1].rstrip(".")
                articles[mark] += 1
                found[mark] = ticket["number"]
    marks = {mark for _, _, mark, _ in made}
    lost = sorted(marks - set(articles))
    twice = sorted(mark for mark in marks if articles[mark] > 1)
    equal((lost, twice), ([], []), "lost, and stored twice")
    astray = [mark for _, _, mark, first in made if found[mark] != found[first]]
    equal(astray, [], "on another ticket than their thread")
    tickets = {found[mark] for mark in marks}
    equal(len(tickets), len({first for *_, first in made}), "tickets")
    letters_ = [sent.mail for sent in log if sent.taken and sent.mail["X-Veche"] and sent.mail["Auto-Submitted"] == "auto-replied"]
    acknowledged = Counter(number for mail in letters_ for number in set(re.findall(r"\b\d{4}-\d{6}\b", text_of(mail))))
    wrong = {number: acknowledged[number] for number in tickets if acknowledged[number] != 1}
    equal(wrong, {}, "acknowledged not exactly once")
    ids = Counter(str(mail["Message-ID"]) for mail in letters_)
    equal([id for id, times in ids.items() if times > 1], [], "sent twice")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("program")
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--seed", type=int)
    given = arguments.parse_args()
    seeds = [given.seed] if given.seed is not None else list(range(1, given.seeds + 1))
    report = Report("mailboxes")
    cuts, rows = Counter(), [("seed", "mails", "kills", "cuts", "s")]
    users = [f"box{seed}" for seed in seeds] + [f"c{n}" for n in range(CITIZENS)] + ["bounce", "admin"]
    with folder() as place, MailServer(place, users) as mail:
        settings = deep(outgoing(mail, "box1"), {"feedback": {"acknowledgements_an_hour": 10_000}})
        with Service(given.program, place, settings).start() as service:
            service.claim()
            token = service.bot_token()
            for seed in seeds:
                with report.check(f"seed {seed}: {MAILS} mails, each one ticket or follow-up"):
                    cut, row = run(service, mail, seed, token)
                    cuts += cut
                    rows.append(row)
    print("\n".join("".join(f"{cell!s:>8}" for cell in row) for row in rows), flush=True)
    if len(seeds) > 1:
        with report.check("the connection was cut in FETCH and around STORE"):
            assert cuts["in FETCH"] and sum(n for what, n in cuts.items() if "STORE" in what), cuts
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
