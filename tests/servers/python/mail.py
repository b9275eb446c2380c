"""A mail server that keeps what it is given.

    mail.py FOLDER PORT [--tls implicit|starttls CERTIFICATE KEY] [--user USER PASSWORD]

Each mail becomes a file in FOLDER/mails: JSON with `from`, `to`, and the mail itself. Recipients whose name begins with
`nobody` are refused for good (550), those with `later` for the time being (451).
"""

import argparse
import asyncio
import json
import pathlib
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, folder):
        self.folder, self.count = folder, 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later"):
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        is_encrypted = server.transport.get_extra_info("ssl_object") is not None
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": is_encrypted}
        mail["mail"] = envelope.content.decode("utf-8")
        part = self.folder / f"{self.count:04}.part"
        part.write_text(json.dumps(mail))
        part.rename(part.with_suffix(".json"))
        return "250 2.0.0 kept"


async def serve():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--tls", nargs=3)
    parser.add_argument("--user", nargs=2)
    options = parser.parse_args()
    mails = options.folder / "mails"
    mails.mkdir(parents=True, exist_ok=True)

    how, context = None, None
    if options.tls:
        how, certificate, key = options.tls
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        known = options.user and (data.login.decode(), data.password.decode()) == tuple(options.user)
        return AuthResult(success=bool(known), handled=False)

    keeper = Keeper(mails)

    def connection():
        settings = {"auth_required": options.user is not None, "authenticator": authenticate}
        if how == "starttls":
            settings |= {"tls_context": context, "require_starttls": True}
        else:
            settings |= {"auth_require_tls": False}
        return SMTP(keeper, hostname="localhost", enable_SMTPUTF8=True, **settings)

    wrapped = context if how == "implicit" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", options.port, ssl=wrapped)
    async with server:
        await server.serve_forever()


asyncio.run(serve())
