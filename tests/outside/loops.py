"""Machines that answer each other: fewer than three mails each in an hour, whatever signs they leave out. The hour is simulated: the
database's clock is moved minute by minute. Argument: the program."""

import contextlib
import re
import sys

from letters import WIRE, address, letter
from mailserver import MailServer, parse
from processes import Report, folder, until
from service import Service, deep, incoming, outgoing

MINUTES = 60
QUIET = 5
FEWER_THAN = 3


def answer_to(mail):
    return str(mail["Reply-To"] or mail["From"])


def bare(text):
    return re.search(r"[\w.+-]+@[\w.-]+", text)[0]


def polite(name, n, mail):
    """A notice of absence as RFC 3834 wants it."""
    headers = [("Auto-Submitted", "auto-replied")]
    return letter(name, "Меня нет на месте.", to=bare(str(mail["From"])), subject=f"Re: {mail['Subject']}", id=f"<{name}.{n}@robots.example>",
                  reply_to=str(mail["Message-ID"]), headers=headers)  # fmt: skip


def marked_otherwise(name, n, mail):
    """One that only knows the older signs."""
    headers = [("Precedence", "bulk"), ("X-Autoreply", "yes")]
    return letter(name, "Меня нет на месте.", to=bare(str(mail["From"])), subject="Автоответ", id=f"<{name}.{n}@robots.example>", headers=headers)


def in_thread(name, n, mail):
    """One that looks like a person who answers."""
    return letter(name, f"Спасибо, получили ваше письмо № {n}.", to=bare(answer_to(mail)), subject=f"Re: {mail['Subject']}",
                  id=f"<{name}.{n}@robots.example>", reply_to=str(mail["Message-ID"]))  # fmt: skip


def by_token(name, n, mail):
    """One that answers where it was asked to, without a thread."""
    return letter(name, f"Заявка {n} принята.", to=bare(answer_to(mail)), subject=f"Заявка {n}", id=f"<{name}.{n}@robots.example>")


def without_signs(name, n, mail):
    """The worst: each of its answers looks like a new message of a person."""
    return letter(name, f"Ваше обращение № {n} зарегистрировано и очень важно для нас.", to=bare(str(mail["From"])),
                  subject=f"Заявка {n}", id=f"<{name}.{n}@robots.example>")  # fmt: skip


def without_id(name, n, mail):
    """As the one before, and without so much as a Message-ID."""
    return letter(name, f"Ваше обращение № {n} зарегистрировано.", to=bare(str(mail["From"])), subject=f"Заявка {n}")


ROBOTS = {robot.__name__.replace("_", ""): robot for robot in (polite, marked_otherwise, in_thread, by_token, without_signs, without_id)}


class Hour:
    """An hour in which everything that waits to happen in a minute happens before the next one begins."""

    def __init__(self, mail, services, boxes):
        self.mail, self.services, self.boxes = mail, services, boxes

    def pass_(self, turn=lambda: None):
        """Lets it pass; at each stop `turn` may send mail. Minute by minute while mail goes to and fro, in larger steps while it rests."""
        minutes = 0
        while minutes < MINUTES:
            before = len(self.mail.log)
            turn()
            self.rest()
            step = 1 if len(self.mail.log) > before else QUIET
            for service in self.services:
                service.sql(f"update clock set skew = skew + interval '{step} minutes'")
            minutes += step
        self.rest()

    def rest(self):
        """Waits until no mail is on its way any more."""
        while True:
            before = len(self.mail.log)
            for box in self.boxes:
                until(f"the bot to have handled the mailbox {box}", lambda box=box: self.mail.handled(box), 60, 0.02)
            for service in self.services:
                service.settle()
            if len(self.mail.log) == before:
                return


def robots(report, program, place):
    """Answering machines of several kinds against the bot."""
    names = list(ROBOTS)
    with MailServer(place, ["inbox", "bounce", "admin", *names]) as mail, contextlib.ExitStack() as stack:
        # The bot runs beside the server here; elsewhere in these checks it runs on its own.
        service = stack.enter_context(Service(program, place, deep(outgoing(mail), incoming(mail))).start())
        service.claim()
        seen = len(mail.log)
        answers = dict.fromkeys(names, 0)
        for name in names:
            mail.send(address(name), address("inbox"), letter(name, "Во дворе не горит фонарь.", id=f"<{name}.0@robots.example>"))

        def answer():
            nonlocal seen
            new, seen = mail.log[seen:], len(mail.log)
            for sent in new:
                name = sent.recipient.split("@")[0]
                if name in ROBOTS and sent.taken:
                    answers[name] += 1
                    content = ROBOTS[name](name, answers[name], sent.mail)
                    # Where it goes stands in it.
                    mail.send(address(name), str(parse(content)["To"]), content)

        hour = Hour(mail, [service], ["inbox"])
        hour.rest()
        hour.pass_(answer)
        for name in names:
            with report.check(f"an answering machine, {name}: {ROBOTS[name].__doc__.splitlines()[0]}"):
                ours = [s for s in mail.log if s.taken and s.recipient == address(name)]
                assert ours, "nothing was answered at all: the check shows nothing"
                assert len(ours) < FEWER_THAN and answers[name] < FEWER_THAN, f"{len(ours)} mails of ours, {answers[name]} answers"


# What some relays and lists take out of a mail.
SIGNS = ("auto-submitted", "x-auto-response-suppress", "x-veche", "precedence", "x-loop")
ALL = (*SIGNS, "list-unsubscribe", "list-unsubscribe-post", "in-reply-to", "references", "reply-to")


def without(names):
    """A relay that takes header fields out, and the sign that the envelope's sender is."""

    def mangle(sender, recipient, content):
        mail = parse(content)
        if "+" not in sender or not mail["From"]:
            return sender, content
        for name in names:
            del mail[name]
        return bare(str(mail["From"])), mail.as_bytes(policy=WIRE.clone(max_line_length=0))

    return mangle


def each_other(report, program, place):
    """Two services that take each other for a citizen."""
    relays = {"as it is": None, "without the signs of a machine": SIGNS, "without any sign or thread": ALL}
    with MailServer(place, ["east", "west", "bounce", "admin"]) as mail, contextlib.ExitStack() as stack:
        services = []
        for name in ("east", "west"):
            service = stack.enter_context(Service(program, place, deep(outgoing(mail, name), {"http": {"public_url": f"https://{name}.example"}}), name).start())
            service.claim()
            stack.enter_context(service.bot(service.bot_config(incoming(mail, name), service.bot_token())))
            services.append(service)
        hour = Hour(mail, services, ["east", "west"])
        for n, (relay, names) in enumerate(relays.items()):
            with report.check(f"two services answer each other, mail between them goes {relay}"):
                if names:
                    mail.mangle = without(names)
                begun = len(mail.log)
                # What is counted by the hour begins anew.
                for service in services:
                    service.sql("update clock set skew = skew + interval '3 hours'")
                mail.send(address("west"), address("east"), letter("west", f"Яма на дороге, уже {n} дней.", to="east", id=f"<begin.{n}@robots.example>"))
                hour.rest()
                hour.pass_()
                log = mail.log[begun + 1 :]
                counts = {to: sum(1 for s in log if s.taken and s.recipient.split("@")[0].split("+")[0] == to) for to in ("east", "west")}
                assert counts["west"] and (counts["east"] or not names), f"nothing was answered at all, the check shows nothing: {counts}"
                assert max(counts.values()) < FEWER_THAN, f"mails: {counts}"


def main():
    report = Report("loops")
    for run in (robots, each_other):
        with folder() as place:
            run(report, sys.argv[1], place)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
