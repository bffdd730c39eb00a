"""A server on a Redis of its own for .ci/console-browser to look at, and those who are there besides: viewers without a browser, and
agents who do not stand still.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

AGENTS = [
    ("asha", "Asha Rao", ["sales"]),
    ("bilal", "Bilal Khan", ["sales", "support"]),
    ("chitra", "Chitra Subramanian-Venkataraghavan", ["sales"]),
    ("divya", "Divya", ["support"]),
    ("esha", "Esha Menon", ["support"]),
    ("farid", "Farid", ["support"]),
    ("gita", "Gita", ["repairs"]),
]
RULES = """
country: IN
time_zone: Asia/Kolkata
answer: { events: { answered: true } }
queues:
  sales: { agents: { groups: [sales] }, wrap_up: 25s, max_calls: 10 }
  support: { agents: { groups: [support] }, no_answer: { max: 3, delay: 30s } }
  night: { agents: { groups: [night] } }
rules:
  - name: blocked callers
    when: { caller: "+919800000000" }
    targets: []
  - name: pressed 9 for the night desk
    when: { digits: "9" }
    targets: [{ queue: night }]
  - name: everyone
    ring: { agents: 1, for: 30s, attempts: 3 }
    targets: [{ queue: sales }, { queue: support }]
fallback: { numbers: ["+911140001234"] }
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A server on a Redis of its own."""

    def __init__(self, work):
        self.work = work
        self.port = free_port()
        self.redis = self.work / "redis.sock"
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        (self.work / "rules").mkdir()
        (self.work / "rules" / "default.yaml").write_text(RULES)
        (self.work / "ringmaster.toml").write_text(
            f"""
            listen = "127.0.0.1:{self.port}"
            public_url = "http://127.0.0.1:{self.port}"
            drain_seconds = 0
            store = {{ kind = "redis", url = "unix://{self.redis}" }}
            log = {{ filter = "warn", format = "json" }}
            [accounts.default]
            keys = ["try-it"]
            tokens = "admin(anita):boss,presence(desk):desk,read(wall):wall"
            """
        )
        server = ["redis-server", "--port", "0", "--unixsocket", str(self.redis), "--save", "", "--dir", str(self.work)]
        self.redis_process = subprocess.Popen(server, stdout=subprocess.DEVNULL)

    def start(self):
        program = Path("target/debug/ringmaster").resolve()
        log = open(self.work / "server.log", "ab")
        self.process = subprocess.Popen([program, "serve"], cwd=self.work, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/readyz", timeout=2)
                return
            except OSError:
                assert time.monotonic() < deadline, (self.work / "server.log").read_text()
                time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)

    def end(self):
        for process in (self.process, self.redis_process):
            if process and process.poll() is None:
                process.kill()
                process.wait()

    def api(self, method, path, body=None, token="boss"):
        request = urllib.request.Request(
            f"{self.url}/v1/accounts/default{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def put(self, agent, name, groups, status="available"):
        self.api("PUT", f"/agents/{agent}", {"name": name, "destinations": [f"sip:{agent}"], "groups": groups})
        self.presence(agent, {"status": status})

    def presence(self, agent, body):
        self.api("PUT", f"/agents/{agent}/presence", body, token="desk")

    def exotel(self, what, **parameters):
        query = urllib.parse.urlencode({"key": "try-it", **parameters})
        with urllib.request.urlopen(f"{self.url}/exotel/default/{what}?{query}", timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def connect(self, call, caller="09812345678", **more):
        return self.exotel("connect", CallSid=call, From=caller, To="01135124157", **more)

    def report(self, call, agent, event, **more):
        self.exotel("events", CallSid=call, DialWhomNumber=f"sip:{agent}", EventType=event, From="09812345678", **more)

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Viewer(threading.Thread):
    """Somebody more who watches, without a browser."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.bytes = 0
        request = urllib.request.Request(
            f"{service.url}/v1/accounts/default/live", headers={"Authorization": "Bearer wall"}
        )
        self.answer = urllib.request.urlopen(request, timeout=30)
        self.start()

    def run(self):
        try:
            while chunk := self.answer.read1(65536):
                self.bytes += len(chunk)
        except (OSError, http.client.HTTPException):
            # The server has ended.
            pass


class Restless(threading.Thread):
    """Two hundred agents who change fifty times a second, all together."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.service, self.changes, self.goes_on = service, 0, True
        self.start()

    def run(self):
        began = time.monotonic()
        while self.goes_on:
            agent = f"agent-{self.changes * 7 % 200:03}"
            is_break = (self.changes // 200) % 2 == 0
            self.service.presence(agent, {"status": "on_break", "for": "10m"} if is_break else {"status": "available"})
            self.changes += 1
            time.sleep(max(0, began + self.changes / 50 - time.monotonic()))
