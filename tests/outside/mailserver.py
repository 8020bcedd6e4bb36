"""A mail server of the checks' own: Dovecot (IMAP with TLS, LMTP) without privileges on high loopback ports, and an SMTP server before
it that delivers byte for byte, and refuses or puts off as it is told."""

import asyncio
import contextlib
import email
import email.policy
import functools
import imaplib
import re
import smtplib
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from processes import Late, Process, free_port, unprivileged, until

DOMAIN = "veche.test"
PASSWORD = "correct-horse"
# The receiving server's name in Authentication-Results, which the bot is told to trust.
AUTHSERV = "mx.veche.test"

DOVECOT = """
base_dir = {run}
state_dir = {state}
log_path = {log}
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 0
mail_location = maildir:~/mail
recipient_delimiter = +
lmtp_hdr_delivery_address = original
lmtp_save_to_detail_mailbox = no
postmaster_address = postmaster@{domain}
auth_username_format = %Ln
disable_plaintext_auth = no
auth_mechanisms = plain login
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
mail_max_userip_connections = 200
# A mail that LMTP has acknowledged and IMAP tells at once.
mailbox_list_index = no
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%Ln {users}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mail}/%Ln
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 500
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 200
}}
service lmtp {{
  process_min_avail = 1
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


@dataclass
class Sent:
    """What the SMTP server took or refused: one recipient of one mail."""

    sender: str
    recipient: str
    content: bytes
    reply: str
    at: float = field(default_factory=time.monotonic)

    @property
    def taken(self):
        return self.reply.startswith("2")

    @functools.cached_property
    def mail(self):
        return parse(self.content)


def parse(content):
    return email.message_from_bytes(content, policy=email.policy.default)


def text_of(mail):
    """The plain text of a mail, without the line ends of the wire."""
    part = mail.get_body(("plain",))
    return part.get_content().replace("\r\n", "\n") if part else ""


def certificate(folder):
    """An authority of our own and a certificate for this machine; the file of the authority, which is to be trusted."""
    run = lambda *args: subprocess.run(["openssl", *args], check=True, cwd=folder, capture_output=True)  # noqa: E731
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Veche checks")
    run("req", *new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text(
        "subjectAltName = DNS:localhost, IP:127.0.0.1\nbasicConstraints = CA:FALSE\nextendedKeyUsage = serverAuth\n"
    )
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "names", "-out", "server.pem")
    return folder / "ca.pem"


class MailServer:
    """Both servers, in a folder that is this class's own."""

    def __init__(self, folder, users):
        self.folder = Path(folder) / "mail"
        self.users = list(users)
        self.imap_port, self.imaps_port, self.lmtp_port, self.smtp_port = (free_port() for _ in range(4))
        # Changed by checks: what the receiving server says of DMARC (`pass`, `fail`, `none`); None for not a word.
        self.dmarc = "pass"
        # Changed by checks: what a mail becomes on its way, such as with headers taken out: its envelope's sender and content.
        self.mangle = lambda sender, recipient, content: (sender, content)
        self.log = []
        self._answers = {}
        self._changed = threading.Condition()

    # -- life ---------------------------------------------------------------------------------------------------------

    def __enter__(self):
        user = unprivileged()
        self.folder.mkdir()
        self.ca = certificate(self.folder)
        mail = self.folder / "boxes"
        for made in (self.folder / "run", self.folder / "state", mail):
            made.mkdir()
        users = self.folder / "users"
        users.write_text("".join(f"{name}:{PASSWORD}::::::\n" for name in self.users))
        log = self.folder / "dovecot.log"
        log.touch()
        import grp
        import os

        config = self.folder / "dovecot.conf"
        config.write_text(DOVECOT.format(
            run=self.folder / "run", state=self.folder / "state", log=log, user=user.pw_name, group=grp.getgrgid(user.pw_gid).gr_name,
            uid=user.pw_uid, gid=user.pw_gid, domain=DOMAIN, cert=self.folder / "server.pem", key=self.folder / "server.key",
            users=users, mail=mail, imap=self.imap_port, imaps=self.imaps_port, lmtp=self.lmtp_port,
        ))  # fmt: skip
        if os.getuid() == 0:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, user.pw_uid, user.pw_gid)
            # The bot reads the authority's certificate, and may be another user.
            self.folder.chmod(0o755)
            self.ca.chmod(0o644)
        self.dovecot = Process(["dovecot", "-F", "-c", config], self.folder / "dovecot.err", user=user)
        try:
            until("Dovecot answers", self._answers_imap, 20)
            self.smtp = Controller(
                Handler(self), hostname="127.0.0.1", port=self.smtp_port, server_kwargs={"data_size_limit": 64 << 20}, ready_timeout=10
            )
            self.smtp.start()
        except BaseException:
            print(log.read_text(errors="replace")[-3000:], (self.folder / "dovecot.err").read_text(errors="replace")[-3000:])
            self.dovecot.kill()
            raise
        return self

    def _answers_imap(self):
        if not self.dovecot.runs():
            raise AssertionError("Dovecot ended")
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=5).shutdown()
            return True

    def __exit__(self, *error):
        try:
            self.smtp.stop()
        finally:
            self.dovecot.stop()

    # -- the SMTP server ----------------------------------------------------------------------------------------------

    def answer(self, recipient, *replies):
        """The next mails to a recipient are answered so, one after the other; `None` takes one. What comes later is taken."""
        with self._changed:
            self._answers[recipient.lower()] = list(replies)

    def _next_answer(self, recipient):
        with self._changed:
            waiting = self._answers.get(recipient.lower())
            return waiting.pop(0) if waiting else None

    def _note(self, sent):
        with self._changed:
            self.log.append(sent)
            self._changed.notify_all()

    def wait(self, what, wanted, limit=60.0, since=0):
        """The first mail through the SMTP server for which `wanted` is true, from number `since` of the log on."""
        end = time.monotonic() + limit
        with self._changed:
            while True:
                found = next((sent for sent in self.log[since:] if wanted(sent)), None)
                if found:
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    seen = "\n".join(f"  {s.sender} -> {s.recipient}: {s.reply}" for s in self.log[since:])
                    raise Late(f"{what}: no such mail in {limit:.0f} s; there were\n{seen}")
                self._changed.wait(left)

    def send(self, sender, recipient, content):
        """Sends a mail as the outside world does: by SMTP."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=30) as smtp:
            smtp.sendmail(sender, [recipient], content)

    def deliver(self, sender, recipient, content, port=None):
        """Hands a mail over by LMTP: to Dovecot, or to whoever else listens on `port`. The reply."""
        with smtplib.LMTP("127.0.0.1", port or self.lmtp_port, timeout=60) as lmtp:
            lmtp.sendmail(sender, [recipient], content)

    # -- the mailboxes ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def imap(self, user):
        client = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=30)
        try:
            client.login(user, PASSWORD)
            yield client
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    def flags(self, user, box="INBOX"):
        """The flags of each message by UID, without touching them."""
        with self.imap(user) as client:
            if client.select(box, readonly=True)[0] != "OK":
                return {}
            _, lines = client.uid("FETCH", "1:*", "(FLAGS)")
        found = {}
        for line in lines:
            if line and (uid := re.search(rb"UID (\d+)", line)):
                found[int(uid[1])] = set(re.search(rb"FLAGS \(([^)]*)\)", line)[1].decode().split())
        return found

    def delivered(self, user):
        """How many mails the SMTP server has put into a mailbox."""
        with self._changed:
            return sum(1 for sent in self.log if sent.taken and sent.recipient.split("@")[0].split("+")[0].lower() == user)

    def handled(self, user):
        """Whether a bot has marked every mail of a mailbox."""
        flags = self.flags(user)
        return len(flags) >= self.delivered(user) and all("\\Seen" in of for of in flags.values())

    def mails(self, user, box="INBOX"):
        """All messages of a mailbox, parsed, without touching their flags."""
        with self.imap(user) as client:
            if client.select(box, readonly=True)[0] != "OK":
                return []
            _, parts = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
        return [parse(part[1]) for part in parts if isinstance(part, tuple)]

    def trust(self):
        """For clients that check the certificate."""
        return ssl.create_default_context(cafile=self.ca)


class Handler:
    """What the SMTP server does with a mail: answer as scripted, or hand it to Dovecot."""

    def __init__(self, server):
        self.server = server

    async def handle_RCPT(self, smtp, session, envelope, address, options):
        # Only our own domain has mailboxes; the rest of the world is not here.
        if not address.lower().endswith("@" + DOMAIN) or address.split("@")[0].split("+")[0].lower() not in self.server.users:
            self.server._note(Sent(envelope.mail_from or "", address, b"", "550 5.1.1 No such mailbox"))
            return "550 5.1.1 No such mailbox"
        reply = self.server._next_answer(address)
        if reply:
            self.server._note(Sent(envelope.mail_from or "", address, b"", reply))
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp, session, envelope):
        content = envelope.original_content
        verdict = self.server.dmarc
        # Taken from the bytes: what is sent here is not always fit to be parsed.
        author = re.search(rb"^From:.*?@([\w.-]+)", content.split(b"\r\n\r\n", 1)[0], re.M | re.I)
        domain = author[1].decode() if author else "invalid"
        loop = asyncio.get_running_loop()
        for recipient in envelope.rcpt_tos:
            sender, passed = self.server.mangle(envelope.mail_from or "", recipient, content)
            trace = f"Delivered-To: {recipient}\r\n".encode()
            if verdict is not None:
                trace += f"Authentication-Results: {AUTHSERV};\r\n dmarc={verdict} header.from={domain}\r\n".encode()
            # What the sender wrote stands below this one.
            trace += f"Received: from client (unknown [127.0.0.1]) by {AUTHSERV} with ESMTP; {formatdate()}\r\n".encode()
            try:
                await loop.run_in_executor(None, self.server.deliver, sender, recipient, trace + passed)
                reply = "250 2.0.0 Delivered"
            except smtplib.SMTPException as error:
                reply = f"451 4.3.0 {error}"[:200].replace("\r", " ").replace("\n", " ")
            self.server._note(Sent(envelope.mail_from or "", recipient, content, reply))
            if not reply.startswith("2"):
                return reply
        return "250 2.0.0 Delivered"


# A line may be longer than mail's rules allow: real ones are.
SMTP.line_length_limit = 1 << 20


if __name__ == "__main__":
    from processes import folder

    with folder() as place, MailServer(place, ["anna", "inbox"]) as server:
        server.send("a@example.org", "inbox+x1@veche.test", b"From: a@example.org\r\nSubject: hello\r\n\r\nText\r\n.\r\n..dots\r\n")
        print(server.wait("own mail", lambda s: s.taken).reply)
        for mail in server.mails("inbox"):
            print(mail.as_string())
        print(server.flags("inbox"))
        with imaplib.IMAP4_SSL("localhost", server.imaps_port, ssl_context=server.trust()) as client:
            client.login("inbox", PASSWORD)
            print(client.capability())
            print(client.select())
        server.answer("anna@veche.test", "451 4.7.1 later")
        for _ in range(2):
            try:
                server.send("a@example.org", "anna@veche.test", b"From: a@example.org\r\n\r\nhello\r\n")
                print("taken")
            except smtplib.SMTPException as error:
                print(error)
