"""A proxy before an IMAP server that cuts connections: at random bytes, within what a FETCH gives, before, within and after a STORE."""

import asyncio
import contextlib
import logging
import random
import socket
import ssl
import struct
import threading
from collections import Counter

# It would tell of every connection that is lost here on purpose.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

FETCH = b" FETCH ("
MARKS = (b" STORE ", b" MOVE ", b" EXPUNGE")
# What becomes of a connection, by weight.
PLANS = {"byte": 3, "fetch": 4, "store": 4, "whole": 1}


class FaultProxy:
    """Speaks TLS with the client and plainly with the server, so that it sees what it cuts. The same seed makes the same plans."""

    def __init__(self, mail, seed):
        self.mail = mail
        self.random = random.Random(seed)
        self.cuts = Counter()
        # Set when everything is to pass from now on.
        self.calm = False
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(mail.folder / "server.pem", mail.folder / "server.key")
        self._loop = asyncio.new_event_loop()

    def __enter__(self):
        listening = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
        self._thread.start()
        assert listening.wait(10), "the proxy does not listen"
        return self

    def __exit__(self, *error):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def _run(self, listening):
        self._loop.run_until_complete(self._listen(listening))
        self._loop.close()

    async def _listen(self, listening):
        self._end = asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        await self._end.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        plan = "whole" if self.calm else self.random.choices(list(PLANS), list(PLANS.values()))[0]
        chance = random.Random(self.random.random())
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.mail.imap_port)
        except OSError:
            writer.transport.abort()
            return
        connection = Connection(self, writer, to_server, plan, chance)
        try:
            await asyncio.gather(
                connection.pump(from_server, writer, connection.from_server), connection.pump(reader, to_server, connection.from_client)
            )
        except asyncio.CancelledError:
            # The proxy ends, and with it what is still open.
            pass
        finally:
            connection.close()


class Connection:
    """One connection with its fate."""

    def __init__(self, proxy, client, server, plan, chance):
        self.proxy, self.client, self.server, self.plan, self.chance = proxy, client, server, plan, chance
        # Bytes that still pass, from either side together; None: not counted.
        self.left = int(10 ** chance.uniform(0, 5)) if plan == "byte" else None
        self.what = "at a byte"
        # How many times the sign is let pass before the cut.
        self.spared = chance.choice((0, 0, 0, 1, 2, 5))
        self.how = chance.choice(("before", "within", "after", "reply"))
        self.begun = self.closed = False

    async def pump(self, source, sink, look):
        with contextlib.suppress(OSError, ssl.SSLError):
            while data := await source.read(16384):
                # TLS and TCP may have joined what was written apart; looked at line by line nothing is missed.
                for line in data.splitlines(keepends=True):
                    if self.closed or sink.is_closing():
                        return
                    passed, cut = (line, None) if self.proxy.calm else look(line)
                    sink.write(passed)
                    await sink.drain()
                    if cut:
                        self.proxy.cuts[cut] += 1
                        self.cut()
                        return
        self.close()

    def from_server(self, line):
        if self.plan == "fetch" and not self.begun and FETCH in line and b"{" in line:
            if self.spared:
                self.spared -= 1
            else:
                self.begun, self.what = True, "in FETCH"
                self.left = self.chance.randint(0, self.chance.choice((len(line), 300, 2000, 20_000)))
        if self.plan == "reply":
            return line[: self.chance.randint(0, len(line) - 1)], "in the reply to STORE"
        return self.counted(line)

    def from_client(self, line):
        if self.plan == "store" and any(mark in line.upper() for mark in MARKS):
            if self.spared:
                self.spared -= 1
            elif self.how == "before":
                return b"", "before STORE"
            elif self.how == "within":
                return line[: self.chance.randint(1, len(line) - 1)], "in STORE"
            elif self.how == "after":
                return line, "after STORE"
            else:
                self.plan = "reply"
        return self.counted(line)

    def counted(self, line):
        if self.left is None:
            return line, None
        if len(line) <= self.left:
            self.left -= len(line)
            return line, None
        return line[: self.left], self.what

    def cut(self):
        self.closed = True
        if self.chance.random() < 0.5:
            # Not a word of farewell: the other side reads "connection reset".
            for side in (self.client, self.server):
                side.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.client.transport.abort()
            self.server.transport.abort()
        else:
            self.close()

    def close(self):
        self.closed = True
        self.client.close()
        self.server.close()
