"""A citizen and an expert write to each other by mail, through real servers: threads, files, machines, forgeries, failures. Each check
goes on where the one before it ended. Argument: the program."""

import base64
import contextlib
import http.client
import re
import smtplib
import subprocess
import sys
import urllib.parse
from pathlib import Path

import dkim

from letters import EXE, PNG, address, bounce, letter
from mailserver import DOMAIN, MailServer, parse, text_of
from processes import Report, equal, folder, free_port, has, hasnt, until
from service import Service, deep, incoming, outgoing, ticket_of

FIRST = "<first.1@letters.example>"


def ids(mail, name):
    return re.findall(r"<[^<>\s]+>", str(mail[name] or ""))


def raw(mail):
    """The header fields of a mail as they stand there, unfolded."""
    return re.sub(r"\r?\n[ \t]+", " ", mail.as_bytes().split(b"\n\n", 1)[0].decode("latin-1"))


def in_thread(mail, *known):
    """A mail program shows it in the conversation: it names the mails of it, and the one that it answers last (RFC 5322, 3.6.4)."""
    named = ids(mail, "References")
    equal([id for id in known if id not in named], [], "not among the References")
    equal(ids(mail, "In-Reply-To"), named[-1:])


class Conversation:
    """What the checks share."""

    def __init__(self, mail, service, config):
        self.mail, self.service, self.config = mail, service, config

    def write(self, sender, text, to=None, verdict="pass", **more):
        """A citizen's mail, handed to the mail server."""
        content = letter(sender, text, to=to or address("inbox"), **more)
        self.mail.dmarc = verdict
        self.mail.send(address(sender), to or address("inbox"), content)
        return content

    def ours(self, to, what, since, wanted=lambda mail: True, limit=60):
        """The next mail of the service to somebody."""
        return self.mail.wait(
            what, lambda s: s.taken and s.recipient == address(to) and s.mail["X-Veche"] and wanted(s.mail), limit, since
        )

    def rest(self):
        """Waits until the bot has handled all mail and the server all work."""
        for box in ("inbox", "bounce"):
            until(f"the mail for {box} to be handled", lambda box=box: self.mail.handled(box), 60)
        self.service.settle()

    def numbers(self):
        return {ticket["number"] for ticket in self.service.tickets("number")}

    def new_ticket(self, before):
        """The one ticket that there was not before."""
        self.rest()
        new = self.numbers() - before
        equal(len(new), 1, "new tickets")
        return self.service.ticket(new.pop())


def citizens(report, talk):
    """The way of one message and what follows it."""
    mail, service = talk.mail, talk.service
    state = {}

    with report.check("a message with a picture and a program: one ticket, the program is refused"):
        since = len(mail.log)
        files = [("Яма.png", "image/png", PNG), ("Квитанция.pdf.exe", "application/octet-stream", EXE), ("foto.jpg", "image/jpeg", EXE)]
        talk.write("anna", "Добрый день!\n\nНа Садовой улице глубокая яма.\n\n-- \nАнна Петрова\n", subject="Яма на дороге", id=FIRST, files=files)
        ticket = ticket_of(service, "the ticket", lambda t: t["subject"] == "Яма на дороге")
        state["ticket"] = ticket["number"]
        equal((ticket["channel"], ticket["author"], ticket["sender"]["address"]), ("EMAIL", None, address("anna")))
        [article] = ticket["articles"]["nodes"]
        has(article["body"], "глубокая яма")
        equal([file["name"] for file in article["attachments"]], ["Яма.png"])
        refused = {file["name"]: file["reason"] for file in article["refusedFiles"]}
        equal(refused, {"Квитанция.pdf.exe": "EXECUTABLE", "foto.jpg": "EXECUTABLE"})

    with report.check("it is acknowledged in its thread, with the number and the refused files"):
        sent = talk.ours("anna", "the acknowledgement", since)
        letter_ = sent.mail
        state["acknowledged"] = letter_
        equal((ids(letter_, "In-Reply-To"), ids(letter_, "References")[-1]), ([FIRST], FIRST))
        equal(str(letter_["Auto-Submitted"]), "auto-replied")
        equal(str(letter_["X-Auto-Response-Suppress"]), "All")
        assert re.fullmatch(r"<[0-9a-f-]{36}@[\w.]+>", str(letter_["Message-ID"])), letter_["Message-ID"]
        equal(letter_.get_content_type(), "multipart/alternative")
        equal([part.get_content_type() for part in letter_.iter_parts()], ["text/plain", "text/html"])
        for text in (text_of(letter_), letter_.get_body(("html",)).get_content()):
            has(text, state["ticket"])
            has(text, "Квитанция.pdf.exe")
        assert re.fullmatch(rf"bounce\+[0-9a-f]{{32}}@{DOMAIN}", sent.sender), sent.sender
        state["reply"] = str(letter_["Reply-To"])
        assert re.fullmatch(rf"inbox\+[a-z0-9]{{10,48}}@{DOMAIN}", state["reply"]), state["reply"]
        hasnt(str(letter_["List-Unsubscribe"]), "http", "what cannot be muted")

    with report.check("it is signed, as another implementation of DKIM sees it"):
        assert dkim.verify(sent.content, dnsfunc=lambda name, **_: mail.dns.get(name.decode() if isinstance(name, bytes) else name)), raw(letter_)

    with report.check("an expert's answer arrives in the same thread and the same mailbox"):
        since = len(mail.log)
        service.answer(state["ticket"], "Бригада выедет завтра.\nСпасибо за сообщение!")
        sent = talk.ours("anna", "the answer", since)
        state["answer"] = sent.mail
        has(text_of(sent.mail), "Бригада выедет завтра.")
        in_thread(sent.mail, FIRST, str(state["acknowledged"]["Message-ID"]))
        equal(str(sent.mail["Auto-Submitted"]), "auto-generated")
        equal(str(sent.mail["Reply-To"]), state["reply"], "where to answer")
        arrived = [str(m["Message-ID"]) for m in mail.mails("anna")]
        equal(arrived, [str(state["acknowledged"]["Message-ID"]), str(sent.mail["Message-ID"])])
        service.settle()
        [out] = [a for a in service.ticket(state["ticket"])["articles"]["nodes"] if a["direction"] == "OUT"]
        equal([(d["channel"], d["state"], d["error"]) for d in out["deliveries"]], [("EMAIL", "SENT", None)])

    with report.check("the citizen answers it: a follow-up on the same ticket, what is quoted is folded away"):
        before = talk.numbers()
        answer = state["answer"]
        quoted = "".join(f"> {line}\n" for line in text_of(answer).splitlines())
        text = f"Спасибо! А светофор там же починят?\n\n23.11.2026 10:15, Вече пишет:\n{quoted}"
        talk.write("anna", text, to=state["reply"], subject=f"Re: {answer['Subject']}", id="<second.1@letters.example>",
                   reply_to=str(answer["Message-ID"]), references=ids(answer, "References"))  # fmt: skip
        talk.rest()
        equal(talk.numbers(), before)
        ticket = service.ticket(state["ticket"])
        last = ticket["articles"]["nodes"][-1]
        equal((last["direction"], last["body"].strip()), ("IN", "Спасибо! А светофор там же починят?"))
        has(last["quotation"], "Бригада выедет завтра.")
        equal(ticket["state"], "REOPENED")

    with report.check("the next answer stands behind their last mail, with the thread before it"):
        since = len(mail.log)
        service.answer(state["ticket"], "Светофор починят в среду.")
        sent = talk.ours("anna", "the second answer", since, lambda m: "Светофор починят в среду." in text_of(m))
        in_thread(sent.mail, FIRST, str(state["answer"]["Message-ID"]), "<second.1@letters.example>")
        state["second"] = sent

    with report.check("only our Message-ID: a follow-up"):
        before = talk.numbers()
        talk.write("anna", "Среда прошла, не починили.", subject="Другая тема", id="<third.1@letters.example>",
                   reply_to=str(state["second"].mail["Message-ID"]))  # fmt: skip
        talk.rest()
        equal(talk.numbers(), before)
        has(service.ticket(state["ticket"])["articles"]["nodes"][-1]["body"], "Среда прошла")

    with report.check("only the address that we asked to answer to: a follow-up"):
        before = talk.numbers()
        talk.write("anna", "Пишу с другого компьютера.", to=state["reply"], subject="Без темы", id="<fourth.1@letters.example>")
        talk.rest()
        equal(talk.numbers(), before)
        has(service.ticket(state["ticket"])["articles"]["nodes"][-1]["body"], "с другого компьютера")

    with report.check("a forged token finds nothing, and is shown"):
        before = talk.numbers()
        local, domain = state["reply"].split("@")
        # Not the last letter, of which only some bits may count.
        other = "0" if local[-6] != "0" else "1"
        forged = f"{local[:-6]}{other}{local[-5:]}@{domain}"
        talk.write("boris", "Расскажите, что там с ямой?", to=forged, subject="Re: Яма на дороге", id="<forged.1@letters.example>")
        ticket = talk.new_ticket(before)
        has(ticket["articles"]["nodes"][0]["flags"], "FORGED_TOKEN")

    with report.check("the subject alone, and somebody else's thread, find nothing"):
        before = talk.numbers()
        talk.write("boris", "И у меня яма.", subject=f"Re: {state['answer']['Subject']}", id="<subject.1@letters.example>")
        first = talk.new_ticket(before)
        before = talk.numbers()
        talk.write("vera", "Хочу прочитать чужое.", subject="Re: Яма на дороге", id="<thief.1@letters.example>", reply_to=FIRST)
        second = talk.new_ticket(before)
        hasnt((first["number"], second["number"]), state["ticket"])

    with report.check("the same Message-ID of another sender swallows nothing"):
        before = talk.numbers()
        talk.write("boris", "Письмо с украденным номером.", subject="Чужой номер", id="<second.1@letters.example>")
        has(talk.new_ticket(before)["articles"]["nodes"][0]["body"], "украденным номером")

    return state


def machines(report, talk, state):
    """What no person wrote."""
    mail, service = talk.mail, talk.service

    with report.check("a notice of absence in answer to us: no ticket, no article, no answer"):
        talk.rest()
        before, articles, since = talk.numbers(), len(service.ticket(state["ticket"])["articles"]["nodes"]), len(mail.log)
        talk.write("anna", "Я в отпуске до понедельника.", to=state["reply"], subject="Автоответ", id="<away.1@letters.example>",
                   reply_to=str(state["answer"]["Message-ID"]), headers=[("Auto-Submitted", "auto-replied")])  # fmt: skip
        talk.rest()
        equal((talk.numbers(), len(service.ticket(state["ticket"])["articles"]["nodes"])), (before, articles))
        equal([s.recipient for s in mail.log[since + 1 :]], [], "mails of ours")

    with report.check("our own mail back in our mailbox, a list, an empty sender: nothing"):
        before, since = talk.numbers(), len(mail.log)
        mail.send("", address("inbox"), state["acknowledged"].as_bytes())
        talk.write("boris", "Рассылка.", id="<list.1@letters.example>", headers=[("List-Id", "<news.example.org>"), ("Precedence", "bulk")])
        content = letter("boris", "Отчёт системы.", id="<empty.1@letters.example>")
        mail.send("", address("inbox"), content)
        talk.rest()
        equal((talk.numbers(), len(mail.log)), (before, since + 3))

    with report.check("a mail of ours comes back: its delivery has failed, in the ticket and among failed deliveries"):
        before = talk.numbers()
        sent = state["second"]
        mail.send("", sent.sender, bounce(sent.mail, address("anna"), sent.sender))
        talk.rest()
        equal(talk.numbers(), before)
        outs = [a for a in service.ticket(state["ticket"])["articles"]["nodes"] if a["direction"] == "OUT"]
        equal([[d["state"] for d in a["deliveries"]] for a in outs], [["SENT"], ["FAILED"]])
        has(outs[1]["deliveries"][0]["error"], "5.1.1")
        failed = service.query("{ failedDeliveries(first: 10) { nodes { channel state error ticketNumber } } }")["failedDeliveries"]["nodes"]
        equal([(f["channel"], f["ticketNumber"]) for f in failed], [("EMAIL", state["ticket"])])

    with report.check("a bounce of a mail that is not ours changes nothing"):
        before = talk.numbers()
        strange = letter("anna", "x", to="boris", id="<00000000-0000-7000-8000-000000000000@127.0.0.1>")
        mail.send("", address("bounce"), bounce(parse(strange), address("boris"), address("bounce")))
        talk.rest()
        equal(talk.numbers(), before)


def senders(report, talk):
    """Who may be believed to be who they say."""
    mail, service = talk.mail, talk.service
    vera = service.citizen(mail, "Вера Соколова", address("vera"))

    with report.check("a proven sender with an account: the ticket is the account's"):
        before, since = talk.numbers(), len(mail.log)
        talk.write("vera", "Прошу починить качели.", subject="Качели", id="<vera.1@letters.example>", verdict="pass")
        ticket = talk.new_ticket(before)
        equal(ticket["author"] and ticket["author"]["name"], "Вера Соколова")
        hasnt(ticket["articles"]["nodes"][0]["flags"], "SENDER_UNVERIFIED")
        equal(service.query("query($n: String!) { ticket(number: $n) { subject } }", {"n": ticket["number"]}, vera)["ticket"]["subject"], "Качели")

    for n, (what, verdict, headers) in enumerate([
        ("a forged From that fails DMARC", "fail", []),
        ("a forged From whose own header says that it passed", "fail", [("Authentication-Results", f"mx.{DOMAIN}; dmarc=pass header.from={DOMAIN}")]),
        ("a From that no server has judged", None, []),
        ("a From of which another server says that it passed", None, [("Authentication-Results", f"mx.evil.example; dmarc=pass header.from={DOMAIN}")]),
    ]):  # fmt: skip
        with report.check(f"{what}: not linked to the account, and shown"):
            before = talk.numbers()
            talk.write("vera", "Это не Вера.", subject=f"Подделка {n}", id=f"<fake.{n}@letters.example>", verdict=verdict, headers=headers)
            ticket = talk.new_ticket(before)
            equal(ticket["author"], None)
            has(ticket["articles"]["nodes"][0]["flags"], "SENDER_UNVERIFIED")
            mine = service.query("{ tickets(filter: { mine: true }, first: 50) { nodes { number } } }", token=vera)["tickets"]["nodes"]
            hasnt([t["number"] for t in mine], ticket["number"])

    with report.check("what an account may mute ends by one click, without a question"):
        ticket = next(t for t in service.tickets("number subject") if t["subject"] == "Качели")["number"]
        since = len(mail.log)
        service.answer(ticket, "Починим.")
        sent = talk.ours("vera", "the answer", since, lambda m: "Починим." in text_of(m))
        link = urllib.parse.urlsplit(str(sent.mail["List-Unsubscribe"]).strip("<>"))
        equal(str(sent.mail["List-Unsubscribe-Post"]), "List-Unsubscribe=One-Click")
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        head = {"content-type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"{link.path}?{link.query}".rstrip("?"), "List-Unsubscribe=One-Click", head)
        answer = connection.getresponse()
        assert answer.status < 300, f"{answer.status} {answer.read()[:200]!r}"
        connection.close()
        since = len(mail.log)
        service.answer(ticket, "Уже починили.")
        service.settle()
        equal([s.recipient for s in mail.log[since:]], [], "mails after that")


def failures(report, talk):
    """Servers that cannot or will not."""
    mail, service = talk.mail, talk.service

    def ticket_for(name, mark):
        before = talk.numbers()
        talk.write(name, f"Сообщение {mark}.", subject=mark, id=f"<{mark}@letters.example>")
        return talk.new_ticket(before)["number"]

    def answered(number):
        [out] = [a for a in service.ticket(number)["articles"]["nodes"] if a["direction"] == "OUT"]
        return out["deliveries"][0]

    with report.check("451: tried again, delivered once"):
        number = ticket_for("later", "greylisted")
        since = len(mail.log)
        mail.answer(address("later"), "451 4.7.1 Greylisted, try again", "451 4.7.1 Greylisted, try again")
        service.answer(number, "Ответ с задержкой.")
        sent = mail.wait("the answer", lambda s: s.taken and s.recipient == address("later"), 90, since)
        has(text_of(sent.mail), "Ответ с задержкой.")
        service.settle()
        equal([s.reply[:3] for s in mail.log[since:] if s.recipient == address("later")], ["451", "451", "250"])
        equal(answered(number)["state"], "SENT")

    with report.check("550: not tried again, failed and shown"):
        number = ticket_for("never", "refused")
        since = len(mail.log)
        mail.answer(address("never"), "550 5.7.1 We do not want this", "550 5.7.1 We do not want this")
        service.answer(number, "Ответ, который не примут.")
        mail.wait("the refusal", lambda s: s.reply.startswith("550"), 60, since)
        service.settle()
        equal([s.reply[:3] for s in mail.log[since:] if s.recipient == address("never")], ["550"])
        found = answered(number)
        equal(found["state"], "FAILED")
        has(found["error"], "550")
        hasnt(found["error"], address("never"))
        # One click of an administrator, when the mailbox takes mail again.
        mail.answer(address("never"))
        failed = service.query("{ failedDeliveries(first: 20) { nodes { id ticketNumber } } }")["failedDeliveries"]["nodes"]
        service.write("retryDelivery", {"id": next(f["id"] for f in failed if f["ticketNumber"] == number)}, "delivery { state }")
        mail.wait("the answer after all", lambda s: s.taken and s.recipient == address("never"), 60, since)
        service.settle()
        equal(answered(number)["state"], "SENT")


def doors(report, talk, listener):
    """The other two ways in: a pipe, and LMTP."""
    mail, service, config = talk.mail, talk.service, talk.config

    def trust(content):
        return f"Authentication-Results: mx.{DOMAIN}; dmarc=pass header.from={DOMAIN}\r\n".encode() + content

    with report.check("a mail by the pipe: one ticket, also when it is handed over twice"):
        before = talk.numbers()
        content = trust(letter("anna", "По трубе.", subject="Труба", id="<pipe.1@letters.example>"))
        for _ in range(2):
            status, said = service.pipe(config, content, address("inbox"))
            equal(status, 0, said)
        equal(talk.new_ticket(before)["subject"], "Труба")

    with report.check("a mail by the pipe to an address with a token: a follow-up"):
        number = next(t for t in service.tickets("number subject") if t["subject"] == "Труба")["number"]
        sent = next(s for s in mail.log if s.taken and s.mail["X-Veche"] and number in text_of(s.mail))
        before = talk.numbers()
        content = trust(letter("anna", "Дополнение по трубе.", subject="Без ссылок", id="<pipe.2@letters.example>"))
        status, said = service.pipe(config, content, address("other"), str(sent.mail["Reply-To"]))
        equal(status, 0, said)
        equal(talk.numbers(), before)
        has(service.ticket(number)["articles"]["nodes"][-1]["body"], "Дополнение")

    with report.check("with broken settings, or none, the pipe says 75, so that the mail is kept"):
        broken = Path(config).with_name("broken.toml")
        broken.write_text("[email]\nnonsense = 1\n")
        for file in (broken, broken.with_name("missing.toml")):
            status, said = service.pipe(file, letter("anna", "Ещё раз.", id="<pipe.5@letters.example>"), address("inbox"))
            equal(status, 75, said)
        equal(service.pipe(config, b"", "--wrong")[0], 75)

    with report.check("a machine's mail by the pipe: taken, no ticket"):
        before = talk.numbers()
        content = letter("anna", "Меня нет.", id="<pipe.3@letters.example>", headers=[("Auto-Submitted", "auto-replied")])
        equal(service.pipe(config, content, address("inbox"))[0], 0)
        talk.rest()
        equal(talk.numbers(), before)

    with report.check("a mail straight to the bot by LMTP: one ticket"):
        before = talk.numbers()
        mail.deliver(address("anna"), address("inbox"), trust(letter("anna", "По LMTP.", subject="LMTP", id="<lmtp.1@letters.example>")), listener)
        equal(talk.new_ticket(before)["subject"], "LMTP")

    with report.check("while the server is down the pipe says 75 and LMTP 4xx, and nothing is lost"):
        before = talk.numbers()
        pipe = trust(letter("anna", "Сервер лежит.", subject="Труба 2", id="<pipe.4@letters.example>"))
        lmtp = trust(letter("anna", "Сервер лежит.", subject="LMTP 2", id="<lmtp.2@letters.example>"))
        service.stop()
        status, said = service.pipe(config, pipe, address("inbox"))
        equal(status, 75, said)
        try:
            mail.deliver(address("anna"), address("inbox"), lmtp, listener)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPResponseException) as error:
            codes = [code for code, _ in error.recipients.values()] if hasattr(error, "recipients") else [error.smtp_code]
            assert all(400 <= code < 500 for code in codes), error
        else:
            raise AssertionError("LMTP took a mail while the server was down")
        # This one waits in its mailbox.
        talk.write("anna", "Письмо, пока сервер лежит.", subject="Ящик", id="<down.1@letters.example>")
        service.start()
        equal(service.pipe(config, pipe, address("inbox"))[0], 0)
        mail.deliver(address("anna"), address("inbox"), lmtp, listener)
        subjects = lambda: sorted(t["subject"] for t in service.tickets("number subject") if t["number"] not in before)  # noqa: E731
        until("all three", lambda: subjects() == ["LMTP 2", "Труба 2", "Ящик"], 120)


def bad_input(report, talk):
    """What is not meant well."""
    mail, service = talk.mail, talk.service

    with report.check("line ends in a name and a subject add no header field"):
        before, since = talk.numbers(), len(mail.log)
        content = letter("anna", "Текст.", id="<evil.1@letters.example>").split(b"\r\n\r\n", 1)
        lines = [line for line in content[0].split(b"\r\n") if not line.lower().startswith((b"from:", b"subject:"))]
        evil = [b"From: =?utf-8?Q?Anna=0D=0ABcc:_eve@evil.example=0D=0A?= <anna@" + DOMAIN.encode() + b">",
                b"Subject: =?utf-8?Q?Yama=0D=0ABcc:_eve@evil.example=0D=0A=0D=0Ax?="]  # fmt: skip
        mail.send(address("anna"), address("inbox"), b"\r\n".join([*evil, *lines, b"", content[1]]))
        ticket = talk.new_ticket(before)
        hasnt(ticket["subject"], "\n")
        # Ours among them, and only to her: it may be acknowledged before or after what came before it is.
        ours = [sent for sent in mail.log[since:] if sent.recipient != address("inbox")]
        equal({(sent.recipient, sent.mail["Bcc"]) for sent in ours} - {(address("anna"), None)}, set())

    with report.check("a mail nested 30,000 deep is kept as it came, and administrators are told; the next one is taken"):
        before = talk.numbers()
        nested = b"From: anna@" + DOMAIN.encode() + b"\r\nMessage-ID: <deep.1@letters.example>\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 40_000
        mail.send(address("anna"), address("inbox"), nested)
        talk.write("anna", "После него.", subject="После", id="<deep.2@letters.example>")
        talk.rest()
        equal([service.ticket(n)["subject"] for n in talk.numbers() - before], ["После"])
        kept = service.query("{ unreadableMessages(first: 5) { nodes { channel externalId reason size url } } }")["unreadableMessages"]["nodes"]
        equal([(k["channel"], k["externalId"].split("#")[0]) for k in kept], [("EMAIL", "deep.1@letters.example")])
        assert kept[0]["size"] >= len(nested), kept

    with report.check("200,000 header fields, and emoji alone: each its own end, nothing else is lost"):
        before = talk.numbers()
        many = b"".join(b"X-%d: y\r\n" % n for n in range(200_000))
        mail.send(address("anna"), address("inbox"), b"Message-ID: <many.1@letters.example>\r\nFrom: a@b.example\r\n" + many + b"\r\nText\r\n")
        talk.write("anna", "👍👍👍", subject="Эмодзи", id="<emoji.1@letters.example>")
        talk.write("anna", "Скрытое: ab\u202ecd.", subject="Скрытое", id="<hidden.1@letters.example>")
        talk.write("anna", "Невидимое: ab\u200bcd.", subject="Невидимое", id="<hidden.2@letters.example>")
        talk.rest()
        new = {service.ticket(n)["subject"]: service.ticket(n)["articles"]["nodes"][0]["flags"] for n in talk.numbers() - before}
        equal(sorted(new), ["Невидимое", "Скрытое", "Эмодзи"])
        has(new["Эмодзи"], "NO_WORDS")
        has(new["Скрытое"], "HIDDEN_CHARACTERS")
        has(new["Невидимое"], "HIDDEN_CHARACTERS")


def signing_key(mail):
    """A key to sign mails with, and the record by which others check it."""
    key = mail.folder.parent / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "2048"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    mail.dns = {f"checks._domainkey.{DOMAIN}.": b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)}
    return {"mail": {"dkim_selector": "checks", "dkim_domain": DOMAIN, "dkim_key": key}}


def main():
    report = Report("conversation")
    users = ["inbox", "bounce", "admin", "anna", "boris", "vera", "later", "never"]
    with folder() as place, MailServer(place, users) as mail, contextlib.ExitStack() as stack:
        settings = deep(outgoing(mail), deep({"feedback": {"acknowledgements_an_hour": 1000}}, signing_key(mail)))
        service = stack.enter_context(Service(sys.argv[1], place, settings).start())
        service.claim()
        listener = free_port()
        config = service.bot_config(incoming(mail, boxes=["inbox", "bounce"], lmtp={"listen": f"127.0.0.1:{listener}"}), service.bot_token())
        stack.enter_context(service.bot(config))
        talk = Conversation(mail, service, config)
        state = citizens(report, talk)
        machines(report, talk, state)
        senders(report, talk)
        failures(report, talk)
        doors(report, talk, listener)
        bad_input(report, talk)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
