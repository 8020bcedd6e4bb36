"""Mails as people and machines write them."""

import email.policy
import zlib
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime
from datetime import datetime, timezone

from mailserver import DOMAIN

WIRE = email.policy.SMTP.clone(max_line_length=78)
# Not a picture that shows anything, but one by its content.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
# The beginning of a Windows program.
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8" + bytes(47) + b"PE\x00\x00\x64\x86" + bytes(200)

NAMES = {"anna": "Анна Петрова", "boris": "Борис", "vera": "Вера Соколова"}


def address(name):
    return f"{name}@{DOMAIN}"


def letter(sender, text, *, to="inbox", subject="Обращение", id=None, reply_to=None, references=(), files=(), headers=(), name=None):
    """A person's mail. `reply_to` is the Message-ID that it answers (with brackets), `references` those before it."""
    mail = EmailMessage(policy=WIRE)
    user, _, domain = (sender if "@" in sender else address(sender)).partition("@")
    mail["From"] = Address(name or NAMES.get(user, user), user, domain)
    mail["To"] = to if "@" in to else address(to)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(timezone.utc))
    if id:
        mail["Message-ID"] = id
    if reply_to:
        mail["In-Reply-To"] = reply_to
        mail["References"] = " ".join([*references, reply_to])
    for key, value in headers:
        mail[key] = value
    mail.set_content(text, cte="quoted-printable")
    for file, kind, content in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=file)
    return mail.as_bytes()


def bounce(of, recipient, to):
    """A mail system's notice that a mail could not be delivered (RFC 3464), to the envelope's sender of that mail."""
    mail = EmailMessage(policy=WIRE)
    mail["From"] = f"Mail Delivery System <MAILER-DAEMON@{DOMAIN}>"
    mail["To"] = to
    mail["Subject"] = "Undelivered Mail Returned to Sender"
    mail["Date"] = format_datetime(datetime.now(timezone.utc))
    mail["Message-ID"] = f"<bounce.{zlib.crc32(str(of['Message-ID']).encode())}@{DOMAIN}>"
    mail["Auto-Submitted"] = "auto-replied"
    mail["MIME-Version"] = "1.0"
    mail["Content-Type"] = 'multipart/report; report-type=delivery-status; boundary="=_report"'
    human = "This is the mail system. I'm sorry to have to inform you that your message could not be delivered.\r\n"
    status = (
        f"Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nOriginal-Recipient: rfc822;{recipient}\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 The account does not exist any more\r\n"
    )
    original = f"Message-ID: {of['Message-ID']}\r\nFrom: {of['From'].addresses[0].addr_spec}\r\nTo: {recipient}\r\nSubject: x\r\n"
    parts = [("text/plain; charset=utf-8", human), ("message/delivery-status", status), ("text/rfc822-headers", original)]
    body = "".join(f"--=_report\r\nContent-Type: {kind}\r\n\r\n{content}\r\n" for kind, content in parts) + "--=_report--\r\n"
    head = mail.as_bytes().split(b"\r\n\r\n", 1)[0]
    return head + b"\r\n\r\n" + body.encode()


__all__ = ["EXE", "PNG", "MIMEPart", "address", "bounce", "letter"]
