"""Runs a host for one conversation, and tells what reached the model. The plan is on stdin, the report on stdout, as JSON.

`drive.py` starts this as the first process of its own namespaces: it has a network that is loopback alone, it is told of
every process that loses its parent, and what is still there when it ends is killed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from model import Model, serve

ENDS = 60
"""How many seconds a conversation may take."""
LEAVES = 5
"""How many seconds processes may take to end after the host has."""


def main():
    plan = json.load(sys.stdin)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    model = Model(plan["script"])
    serve(model, plan["port"])
    with tempfile.TemporaryDirectory(prefix="host-", ignore_cleanup_errors=True) as home:
        report = run(plan, home)
    report |= {"offered": model.offered, "answers": model.answers, "requests": model.requests}
    json.dump(report, sys.stdout)


def run(plan, home):
    """How the host ended, what it printed, and what it left behind."""
    for path, text in plan["files"].items():
        path = os.path.join(home, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    folder, temporary = os.path.join(home, "project"), os.path.join(home, "temporary")
    os.mkdir(folder)
    os.mkdir(temporary)
    environment = {"HOME": home, "TMPDIR": temporary, "TERM": "dumb", "LANG": "C.UTF-8", **plan["environment"]}
    # A file: whatever is left behind could hold a pipe open.
    with open(os.path.join(home, "printed"), "w+", encoding="utf-8", errors="replace") as printed:
        for command in filter(None, [plan["before"] and ["sh", "-c", plan["before"]], plan["command"]]):
            try:
                ended = subprocess.run(
                    command, cwd=folder, env=environment, timeout=ENDS,
                    stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT,
                ).returncode  # fmt: skip
            except subprocess.TimeoutExpired:
                ended = f"none after {ENDS} s"
            if ended != 0:
                break
        printed.seek(0)
        return {"exit": ended, "printed": printed.read(), "left": left()}


def left():
    """The command lines of the processes that do not end."""
    until = time.monotonic() + LEAVES
    while time.monotonic() < until:
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return []
        time.sleep(0.05)
    lines = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        with open(f"/proc/{process}/cmdline", encoding="utf-8", errors="replace") as file:
            lines.append(file.read().replace("\0", " ").strip())
    return sorted(set(lines) - {" ".join([sys.executable, *sys.argv])})


main()
