"""Runs the hosts, and tells whether the model in them gets to know what it needs. Called by `run`."""

import concurrent.futures
import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable

from hosts import HOSTS, INSTALLED, PATH, PORT, Host

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = os.environ["SERVER"]
with open(os.path.join(HERE, "..", "clients", "expected.json"), encoding="utf-8") as file:
    EXPECTED = json.load(file)

NAMESPACES = os.environ["NAMESPACES"].split()
AT_ONCE = os.cpu_count() or 2
TOKEN, TIMEOUT = "ACEDATACLOUD_PLATFORM_TOKEN", "PLATFORM_REQUEST_TIMEOUT"
INSTRUCTIONS = "Pay orders of Ace Data Cloud;"
"""How the server's instructions begin."""

PAYMENT = EXPECTED["payment"]
BY_WECHAT = {"order_id": "00000000-0000-4000-8000-000000000002", "pay_way": "WECHATPAY"}


def unwrapped(text):
    """What reached a model, and the texts and objects inside: hosts put words around JSON, and JSON into texts."""
    texts, objects, waiting = [], [], [text]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, str):
            texts.append(value)
            waiting += embedded(value)
        elif isinstance(value, dict):
            objects.append(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return texts, objects


def embedded(text):
    """The objects of JSON in a text."""
    start = text.find("{")
    while start >= 0:
        try:
            value, end = json.JSONDecoder().raw_decode(text, start)
            yield value
        except json.JSONDecodeError:
            end = start + 1
        start = text.find("{", end)


def order(text):
    """The order in what reached a model."""
    _, objects = unwrapped(text)
    orders = [value for value in objects if "next_action" in value]
    assert orders, f"no order in: {text}"
    return orders[0]


def error(text):
    """The error in what reached a model: a sentence, and an object with the same and more."""
    texts, objects = unwrapped(text)
    errors = [value for value in objects if "code" in value and "outcome" in value]
    assert errors, f"no error in: {text}"
    sentence = "{code}: {message} {hint}".format(**errors[0])
    assert any(sentence in text for text in texts), f"no sentence `{sentence}` in: {text}"
    return errors[0]


def same(actual, expected):
    assert actual == expected, f"\n  expected {expected}\n  got      {actual}"


def both_tools_are_offered(report):
    tools = [name for name in report["offered"] if name.endswith(tuple(EXPECTED["tools"]))]
    same(len(tools), len(EXPECTED["tools"]))


def the_link_is_told(report):
    paid = order(report["answers"]["0"])
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/checkout/" + PAYMENT["order_id"], paid["pay_url"]), paid["pay_url"]
    assert paid["pay_url"] in paid["message"], paid["message"]
    same(paid["next_step"], EXPECTED["pending"]["next_step"])


def a_refusal_is_explained(report):
    refusal = error(report["answers"]["1"])
    same([refusal["code"], refusal["message"]], EXPECTED["refusal"])
    same(refusal["outcome"], "nothing_changed")
    assert "create a new order" in refusal["hint"], refusal["hint"]


def the_code_can_be_shown(report):
    code = order(report["answers"]["2"]).get("qr_code_text")
    assert code, "no `qr_code_text`"
    lines = code.splitlines()
    assert len(lines) > 10 and {len(line) for line in lines} == {len(lines[0])}, code
    assert set(code) <= set(" ▀▄█\n"), code


def a_missing_token_is_explained(report):
    missing = error(report["answers"]["0"])
    same(missing["code"], "unauthenticated")
    for part in (TOKEN, "https://platform.acedata.cloud/console/platform-tokens"):
        assert part in missing["hint"], missing["hint"]


def an_unusable_setting_is_explained(report):
    for number in ("0", "1"):
        unusable = error(report["answers"][number])
        same([unusable["code"], unusable["outcome"]], ["misconfigured", "nothing_changed"])
        assert TIMEOUT in unusable["message"], unusable["message"]


def it_ends_well(report):
    same(report["exit"], 0)


def no_process_is_left(report):
    same(report["left"], [])


@dataclasses.dataclass(frozen=True)
class Situation:
    """How the server is configured, what the model calls, and what is checked."""

    name: str
    options: tuple
    script: list
    checks: list
    edit: Callable[[str], str] = str
    """What is changed in the configuration that is printed."""

    @property
    def server(self):
        return "acedata-pay-sandbox" if "--sandbox" in self.options else "acedata-pay"


def with_an_unusable_setting(printed):
    """Every form has the token's variable, and a placeholder for its value."""
    return re.sub(r"platform-v1-[^\s\"]+", "soon", printed.replace(TOKEN, TIMEOUT))


PAY, CHECK = "pay_order", "check_order_status"
SITUATIONS = [
    Situation(
        "the sandbox",
        ("--sandbox",),
        [(PAY, PAYMENT), (PAY, EXPECTED["refused"]), (PAY, BY_WECHAT)],
        [both_tools_are_offered, the_link_is_told, a_refusal_is_explained, the_code_can_be_shown],
    ),
    # The placeholder is not replaced.
    Situation("no token", (), [(CHECK, EXPECTED["finished"])], [both_tools_are_offered, a_missing_token_is_explained]),
    Situation(
        "an unusable setting",
        (),
        [(CHECK, EXPECTED["finished"]), (PAY, PAYMENT)],
        [both_tools_are_offered, an_unusable_setting_is_explained],
        edit=with_an_unusable_setting,
    ),
]
ALWAYS = [it_ends_well, no_process_is_left]


@dataclasses.dataclass
class Conversation:
    """A host in a situation, and what came of it."""

    host: Host
    situation: Situation
    report: dict = dataclasses.field(default_factory=dict)
    checks: dict = dataclasses.field(default_factory=dict)
    """Why a check failed, or None, by its name."""

    def hold(self):
        config = [SERVER, "config", self.host.client, *self.situation.options]
        printed = subprocess.run(config, check=True, capture_output=True, text=True).stdout
        plan = dataclasses.asdict(self.host.plan(self.situation.server, self.situation.edit(printed)))
        plan["environment"] = {"PATH": PATH, **plan["environment"]}
        process = subprocess.run(
            [*NAMESPACES, sys.executable, os.path.join(HERE, "converse.py")],
            input=json.dumps({**plan, "port": PORT, "script": self.situation.script}), capture_output=True, text=True,
        )  # fmt: skip
        if process.returncode != 0:
            self.checks["it_runs"] = process.stderr
            return self
        self.report = json.loads(process.stdout)
        for check in [*self.situation.checks, *ALWAYS]:
            try:
                check(self.report)
                self.checks[check.__name__] = None
            except (AssertionError, KeyError) as failure:
                self.checks[check.__name__] = f"{type(failure).__name__}: {failure}"
        return self

    def failed(self):
        return [check for check, failure in self.checks.items() if failure]

    def tell(self):
        """Prints the checks, and keeps the report for a person who wonders."""
        called = f"{self.host.called()}, {self.situation.name}"
        print(f"\n{called}")
        for check, failure in self.checks.items():
            print(f"  {'FAILED' if failure else 'ok    '} {check.replace('_', ' ')}{f': {failure}' if failure else ''}")
        path = os.path.join(INSTALLED, "logs", f"{called}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.report, file, indent=1, ensure_ascii=False)
        if self.failed():
            print(f"{self.report.get('printed', '')}\nAll that reached the model is in {path}")


def row(conversations):
    """The line of the table for a host."""
    host = conversations[0].host
    checks = sum(len(conversation.checks) for conversation in conversations)
    failed = sum(len(conversation.failed()) for conversation in conversations)
    reached = json.dumps([conversation.report.get("requests") for conversation in conversations])
    instructions = "yes" if INSTRUCTIONS in reached else "no"
    return f"| {host.called()} | {host.version()} | {instructions} | {checks - failed} of {checks} |"


def main():
    known = {host.client for host in HOSTS}
    wanted = sys.argv[1:] or known
    if unknown := set(wanted) - known:
        print(f"There is no host {', '.join(unknown)}; there are: {', '.join(sorted(known))}", file=sys.stderr)
        return 2
    by_host = [
        [Conversation(host, situation) for situation in SITUATIONS] for host in HOSTS if host.client in wanted
    ]
    conversations = [conversation for of_host in by_host for conversation in of_host]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for conversation in pool.map(Conversation.hold, conversations):
            conversation.tell()
    head = ["| Host | Version | Instructions | Checks |", "|---|---|---|---|"]
    rows = [row(of_host) for of_host in by_host]
    with open(os.path.join(HERE, "..", "..", "docs", "figures.md"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    out_of_date = [row for row in rows if row not in lines]
    print("\n" + "\n".join(head + rows))
    print(f"\n{'FAILED' if out_of_date else 'ok    '} `docs/figures.md` has {'these lines' if rows[1:] else 'this line'}")
    failed = sum(len(conversation.failed()) for conversation in conversations) + bool(out_of_date)
    passed = sum(len(conversation.checks) for conversation in conversations) + 1 - failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
