"""Checks every message that the server sends, in every version of MCP, against that version's own JSON schema.

`wire.py FOLDER`, called by `run`: the folder has the specification's schemas, 2025-06-18.json and so on.
"""

import base64
import concurrent.futures
import copy
import http.server
import itertools
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time

import jsonschema

SERVER = os.environ["SERVER"]
VERSIONS = ["2025-06-18", "2025-11-25", "2026-07-28"]
NEWEST = VERSIONS[-1]
PATIENCE = 60

RESULTS = {
    "initialize": "InitializeResult",
    "server/discover": "DiscoverResult",
    "ping": "EmptyResult",
    "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult",
}
NOTIFICATIONS = {"notifications/progress": "ProgressNotification"}
REQUESTS = {"elicitation/create": "ElicitRequest"}
ERRORS = {
    -32700: "ParseError",
    -32600: "InvalidRequestError",
    -32601: "MethodNotFoundError",
    -32602: "InvalidParamsError",
}

WAYS = [None, "STRIPE", "WECHATPAY", "ALIPAY", "X402", "CARD"]

DOCUMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


def listed(document, table):
    """The first column of a table that the program writes into a document."""
    with open(os.path.join(DOCUMENTS, document), encoding="utf-8") as file:
        text = file.read()
    text = text.split(f"<!-- begin: {table} -->")[1].split(f"<!-- end: {table} -->")[0]
    rows = text.split("\n|---", 1)[1]
    return re.findall(r"^\| `(.+?)` \|", rows, re.MULTILINE)


PRESETS = listed("sandbox.md", "orders")
CODES = set(listed("tools.md", "errors")) - {"internal_error"}
"""Every code of an error but the one that nobody outside can bring about."""


def preset(number):
    return f"00000000-0000-4000-8000-{number:012}"


ONE_USDC = {
    "scheme": "exact", "network": "eip155:8453", "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "amount": "1000000", "payTo": f"0x{'5a' * 20}", "maxTimeoutSeconds": 120, "extra": {},
}  # fmt: skip


def signature(nonce):
    """What a wallet signed for one USDC, as far as the server can see."""
    authorization = {
        "from": f"0x{'11' * 20}", "to": ONE_USDC["payTo"], "value": ONE_USDC["amount"], "validAfter": "0",
        "validBefore": str(int(time.time()) + 100), "nonce": f"0x{nonce:064x}",
    }  # fmt: skip
    payload = {"signature": f"0x{'22' * 65}", "authorization": authorization}
    signed = {"x402Version": 2, "accepted": ONE_USDC, "payload": payload}
    return base64.b64encode(json.dumps(signed).encode()).decode()


class Tally:
    """The checks made so far, told situation by situation."""

    def __init__(self):
        self.passed, self.failures, self.before = 0, [], (0, 0)
        self.codes = set()
        """The codes of the errors that tools answered with."""

    def check(self, problem, about):
        if problem:
            self.failures.append(f"{problem}\n         in {json.dumps(about, ensure_ascii=False)[:2000]}")
        else:
            self.passed += 1

    def tell(self, situation):
        passed, failures = self.passed - self.before[0], self.failures[self.before[1] :]
        self.before = self.passed, len(self.failures)
        print(f"  {'FAILED' if failures else 'ok    '} {situation} ({passed} checks)", flush=True)
        for failure in failures:
            print(f"         {failure}")


class Schema:
    """The specification's schema of a version."""

    def __init__(self, folder, version):
        with open(os.path.join(folder, f"{version}.json"), encoding="utf-8") as file:
            self.root = json.load(file)
        self.definitions = "$defs" if "$defs" in self.root else "definitions"

    def problem(self, name, value):
        """Why a value is not what a definition says, or None."""
        if name not in self.root[self.definitions]:
            return f"the specification has no {name}"
        rule = {**self.root, "$ref": f"#/{self.definitions}/{name}"}
        return problem(rule, value, name)

    def message_problem(self, message, method=None):
        """Why a message of the server is none of MCP; `method` is what it answers."""
        found = self.problem("JSONRPCMessage", message)
        if found or message.get("jsonrpc") != "2.0":
            return found or "not JSON-RPC 2.0"
        if "result" in message:
            asks = message["result"].get("resultType") == "input_required"
            return self.problem("InputRequiredResult" if asks else RESULTS[method], message["result"])
        if "error" in message:
            name = ERRORS.get(message["error"]["code"])
            if message["error"]["code"] == -32022:
                return self.problem("UnsupportedProtocolVersionError", message)
            return self.problem(name, message["error"]) if name in self.root[self.definitions] else None
        kinds = REQUESTS if "id" in message else NOTIFICATIONS
        if message["method"] not in kinds:
            return f"unexpected {message['method']}"
        return self.problem(kinds[message["method"]], message)


def problem(rule, value, name):
    validator = jsonschema.validators.validator_for(rule)(rule)
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    return error and f"not a valid {name}: {error.json_path}: {error.message[:300]}"


class Session:
    """A server of its own, spoken to line by line. Every line it sends is checked when it arrives."""

    def __init__(self, schema, tally, version, *arguments, elicitation=False, **environment):
        self.schema, self.tally, self.version = schema, tally, version
        self.capabilities = {"elicitation": {"url": {}}} if elicitation else {}
        self.ids, self.methods, self.answers, self.sent = itertools.count(1), {}, {}, []
        self.asked = []
        # A journal of its own: what is tried here is not among the payments of the person who runs it.
        self.folder = tempfile.TemporaryDirectory()
        settings = {
            "PATH": os.environ["PATH"], "RUST_LOG": "off", "ACEDATACLOUD_RATE_LIMIT": "1000",
            "ACEDATACLOUD_JOURNAL": os.path.join(self.folder.name, "journal.db"), **environment,
        }  # fmt: skip
        self.process = subprocess.Popen(
            [SERVER, *arguments], env=settings,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
        self.writing = threading.Lock()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def __enter__(self):
        if self.version == NEWEST:
            self.opening = self.request("server/discover")["result"]
            supported = self.opening["supportedVersions"]
            self.tally.check(None if NEWEST in supported else "the version is not supported", supported)
        else:
            client = {"name": "test", "version": "1"}
            parameters = {"protocolVersion": self.version, "capabilities": self.capabilities, "clientInfo": client}
            self.opening = self.request("initialize", parameters)["result"]
            agreed = self.opening["protocolVersion"]
            self.tally.check(None if agreed == self.version else "another version is spoken", agreed)
            self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})
        self.tools = {tool["name"]: tool for tool in self.request("tools/list")["result"]["tools"]}
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.reader.join(PATIENCE)
        code = self.process.wait(PATIENCE)
        self.tally.check(code and f"it ended with {code}", self.version)
        self.folder.cleanup()

    def read(self):
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                self.tally.check("not JSON", line)
                continue
            self.sent.append(message)
            answered = message.get("id") if "method" not in message else None
            method = self.methods.get(answered)
            if answered is not None and method is None:
                self.tally.check("it answers what nobody asked", message)
            else:
                self.tally.check(self.schema.message_problem(message, method), message)
            if "method" in message and "id" in message:
                self.asked.append(message["params"])
                self.write({"jsonrpc": "2.0", "id": message["id"], "result": {"action": "accept"}})
            elif "method" not in message:
                self.answers.setdefault(answered, queue.Queue()).put(message)

    def write(self, message):
        line = message if isinstance(message, str) else json.dumps(message)
        with self.writing:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()

    def send(self, method, parameters=None, token=None):
        """Sends a request; its id."""
        id, parameters = next(self.ids), dict(parameters or {})
        meta = {"progressToken": token} if token else {}
        if self.version == NEWEST:
            meta["io.modelcontextprotocol/protocolVersion"] = self.version
            meta["io.modelcontextprotocol/clientCapabilities"] = self.capabilities
        if meta:
            parameters["_meta"] = {**meta, **parameters.get("_meta", {})}
        self.methods[id] = method
        self.answers[id] = queue.Queue()
        self.write({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters})
        return id

    def answer(self, id):
        return self.answers.setdefault(id, queue.Queue()).get(timeout=PATIENCE)

    def request(self, method, parameters=None, token=None):
        return self.answer(self.send(method, parameters, token))

    def call(self, tool, arguments, token=None):
        """The result of a call; a link that the server asks to open is accepted."""
        parameters = {"name": tool, "arguments": arguments}
        result = self.request("tools/call", parameters, token)["result"]
        if result.get("resultType") == "input_required":
            self.asked += [asks["params"] for asks in result["inputRequests"].values()]
            parameters["inputResponses"] = {key: {"action": "accept"} for key in result["inputRequests"]}
            parameters["requestState"] = result["requestState"]
            result = self.request("tools/call", parameters, token)["result"]
        self.tally.check(self.result_problem(tool, result), result)
        return result

    def order(self, tool, **arguments):
        """The order of a call that succeeds."""
        result = self.call(tool, arguments)
        self.tally.check("it failed" if result.get("isError") else None, result)
        return result.get("structuredContent", {})

    def error(self, code, tool, **arguments):
        """The error of a call that fails."""
        result = self.call(tool, arguments)
        error = json.loads(result["content"][-1]["text"]).get("error", {})
        self.tally.check(None if error.get("code") == code else f"no {code}", result)
        self.tally.codes.add(error.get("code"))

    def result_problem(self, tool, result):
        """Why a result is not what the server promises of its results."""
        text, *others = result["content"]
        if text["type"] != "text":
            return "the first block is no text"
        if result.get("isError"):
            if "structuredContent" in result or [block["type"] for block in others] != ["text"]:
                return "an error is two text blocks, without structured content"
            error = json.loads(others[0]["text"])["error"]
            missing = {"code", "message", "hint", "retryable", "outcome"} - error.keys()
            if missing:
                return f"the error has no {missing}"
            sentence = f"{error['code']}: {error['message']} {error['hint']}".strip()
            return None if text["text"] == sentence else "the first block of an error is no sentence"
        facts = json.loads(text["text"])
        if facts != result.get("structuredContent"):
            return "the text and the structured content are different"
        for block in others:
            picture = block["type"] == "image" and block["mimeType"] == "image/png"
            if not picture or not base64.b64decode(block["data"], validate=True).startswith(b"\x89PNG\r\n\x1a\n"):
                return f"a {block['type']} block that is no PNG picture"
        return problem(self.tools[tool]["outputSchema"], facts, f"output of {tool}")


class Platform(http.server.BaseHTTPRequestHandler):
    """A platform with a fault for each order, as the sandbox has none."""

    PAY_FIRST, SLOW_DOWN, DOWN, SILENT, STRANGE, UNSAFE, UNSETTLED, LOST, SETTLED, TWICE = map(preset, range(1, 11))
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        by_x402 = b"X402" in self.rfile.read(int(self.headers.get("Content-Length", 0)))
        order = next(part for part in self.path.split("/") if part.startswith("0000"))
        waits = {"id": order, "state": "Pending", "price": "1.00"}
        signed = "PAYMENT-SIGNATURE" in self.headers
        opened = {**waits, "pay_way": "STRIPE", "pay_url": "https://checkout.stripe.com/c/pay/1"}
        asks = (402, {"x402Version": 2, "accepts": [ONE_USDC]}, {}) if by_x402 else (200, waits, {})
        receipt = {"success": True, "transaction": "0x33", "network": "eip155:8453", "payer": "0x11"}
        unsettled = {"extensions": {"acedatacloud": {"paymentError": {"code": "expired", "charged": False}}}}
        status, body, headers = {
            self.PAY_FIRST: (402, {"detail": "Pay first."}, {}),
            self.SLOW_DOWN: (429, {"detail": "Slow down."}, {}),
            self.DOWN: (503, {"detail": "Down."}, {}),
            self.SILENT: (200, None, {}),
            self.STRANGE: (200, "no order", {}),
            self.UNSAFE: (200, {**waits, "pay_url": "javascript:alert(1)"}, {}),
            self.UNSETTLED: (402, unsettled, {}) if signed else asks,
            self.LOST: (504, {}, {}) if signed else asks,
            self.SETTLED: (
                200,
                {**waits, "state": "Finished", "pay_way": "X402"},
                {"PAYMENT-RESPONSE": base64.b64encode(json.dumps(receipt).encode()).decode()},
            ) if signed else asks,
            self.TWICE: asks if by_x402 and not signed else (200, opened, {}),
        }[order]
        if body is None:
            time.sleep(PATIENCE)
            return
        body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def sandbox_situations(session, tally):
    """Everything that one server with the sandbox can be brought to say."""
    tally.tell("opens and lists its tools")

    for id in PRESETS:
        session.call("check_order_status", {"order_id": id})
        for way in WAYS:
            for qr_code in ({}, {"qr_code": True}):
                session.call("pay_order", {"order_id": id, **({"pay_way": way} if way else {}), **qr_code})
        session.call("check_order_status", {"order_id": id})
    states = {
        message["result"]["structuredContent"]["state"]
        for message in session.sent
        if "structuredContent" in message.get("result", {})
    }
    expected = {"Pending", "Finished", "Expired", "Failed"}
    tally.check(None if states == expected else f"other states than {expected}", sorted(states))
    pictures = [message for message in session.sent if len(message.get("result", {}).get("content", [])) > 1]
    tally.check(None if pictures else "no QR code was a picture", states)
    tally.tell("every order by every pay way, with and without a QR code")

    pay, check, order_id = "pay_order", "check_order_status", preset(1)
    session.error("invalid_arguments", pay)
    session.error("invalid_arguments", pay, order_id="x", pay_way="STRIPE")
    session.error("invalid_arguments", pay, order_id=order_id, pay_way="CASH")
    session.error("invalid_arguments", pay, order_id=order_id, pay_way="STRIPE", amount="1.00")
    session.error("invalid_arguments", check, order_id=order_id, wait_seconds=51)
    session.error("pay_way_required", pay, order_id=order_id)
    for tool, more in ((pay, {"pay_way": "STRIPE"}), (check, {})):
        session.error("forbidden", tool, order_id=preset(10), **more)
        session.error("order_not_found", tool, order_id=preset(99), **more)
    session.error("order_not_payable", pay, order_id=preset(6), pay_way="STRIPE")
    session.error("order_not_payable", pay, order_id=preset(7), pay_way="STRIPE")
    tally.tell("refusals")

    session.call(check, {"order_id": order_id, "wait_seconds": 3}, token="a token")
    progress = [message["params"] for message in session.sent if message.get("method") == "notifications/progress"]
    values = [step["progress"] for step in progress]
    tally.check(None if values and values == sorted(set(values)) else "it does not grow", values)
    tokens = {step["progressToken"] for step in progress}
    tally.check(None if tokens == {"a token"} else "another token", sorted(map(str, tokens)))
    tally.tell("waits and tells progress")

    waiting = session.send("tools/call", {"name": check, "arguments": {"order_id": order_id, "wait_seconds": 45}})
    time.sleep(0.3)
    session.write({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": waiting}})
    started = time.monotonic()
    session.order(check, order_id=order_id)
    took = time.monotonic() - started
    tally.check(None if took < 2 else "the next call had to wait", took)
    time.sleep(0.3)
    tally.check(None if session.answers[waiting].empty() else "a cancelled call was answered", waiting)
    tally.tell("is cancelled")

    expected = [
        ("an unknown tool", -32602, "tools/call", {"name": "no_such_tool", "arguments": {}}),
        ("no tool", -32602, "tools/call", {}),
        ("arguments that are no object", -32602, "tools/call", {"name": pay, "arguments": [1]}),
        ("an unknown method", -32601, "no/such/method", {}),
        ("a method of MCP that is not offered", -32601, "resources/list", {}),
    ]
    if session.version == NEWEST:
        strange = {"_meta": {"io.modelcontextprotocol/protocolVersion": "1999-01-01"}}
        nothing = {"_meta": {"io.modelcontextprotocol/protocolVersion": None}}
        expected += [
            ("`ping`, which is gone", -32601, "ping", {}),
            ("an unknown version", -32022, "tools/list", strange),
            ("no version", -32602, "tools/list", nothing),
        ]
    else:
        session.request("ping")
    for about, code, method, parameters in expected:
        answer = session.request(method, parameters)
        tally.check(None if answer.get("error", {}).get("code") == code else f"{about} is not {code}", answer)
    session.methods.update({1000: "", 1001: ""})
    for line in ('{"jsonrpc":"2.0","id":1000}', '{"jsonrpc":"2.0","id":1001,"method":5}', "[]", '"text"'):
        session.write(line)
    session.write("{this is not JSON")
    session.request("tools/list")
    tally.tell("faults of the protocol")


def other_situations(schema, tally, version):
    """What takes a server with other settings."""
    pay, check, order_id = "pay_order", "check_order_status", preset(1)
    with Session(schema, tally, version) as session:
        session.error("unauthenticated", pay, order_id=order_id, pay_way="STRIPE")
        session.error("unauthenticated", check, order_id=order_id)
    with Session(schema, tally, version, "--rate-limit", "none") as session:
        session.error("misconfigured", pay)
        session.error("misconfigured", check, order_id=order_id)
    with Session(schema, tally, version, "--sandbox", "--pay-ways", "ALIPAY") as session:
        session.error("pay_way_refused", pay, order_id=order_id, pay_way="STRIPE")
    with Session(schema, tally, version, "--sandbox", "--read-only") as session:
        tools = sorted(session.tools)
        tally.check(None if tools == [check] else "it offers to pay", tools)
    folder = os.path.join(os.environ["INSTALLED"], "qr")
    with Session(schema, tally, version, "--sandbox", "--qr-dir", folder) as session:
        path = session.order(pay, order_id=preset(2), pay_way="WECHATPAY", qr_code=True).get("qr_code_path")
        tally.check(None if path and os.path.exists(path) else "no QR code was written", path)
    tally.tell("no token, an unusable setting, --pay-ways, --read-only, --qr-dir")

    platform = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    platform.daemon_threads = True
    threading.Thread(target=platform.serve_forever, daemon=True).start()
    settings = {
        "PLATFORM_API_BASE_URL": f"http://127.0.0.1:{platform.server_port}",
        "ACEDATACLOUD_PLATFORM_TOKEN": f"platform-v1-{'0' * 64}",
    }
    with Session(schema, tally, version, "--timeout", "1", **settings) as session:
        faults = [
            ("payment_required", pay, Platform.PAY_FIRST),
            ("rate_limited", pay, Platform.SLOW_DOWN),
            ("unavailable", check, Platform.DOWN),
            ("outcome_unknown", pay, Platform.DOWN),
            ("timeout", check, Platform.SILENT),
            ("bad_response", check, Platform.STRANGE),
            ("unsafe_pay_url", pay, Platform.UNSAFE),
        ]
        # Together, because the server tries most of them again.
        with concurrent.futures.ThreadPoolExecutor(len(faults)) as pool:
            calls = [
                pool.submit(session.error, code, tool, order_id=id, **({"pay_way": "STRIPE"} if tool == pay else {}))
                for code, tool, id in faults
            ]
        for call in calls:
            call.result()
        for code, id, nonce in (
            ("x402_payment_failed", Platform.UNSETTLED, 1),
            ("outcome_unknown", Platform.LOST, 2),
            ("payment_in_flight", Platform.LOST, 3),
        ):
            session.error(code, pay, order_id=id, pay_way="X402", payment_signature=signature(nonce))
        session.error("price_above_limit", pay, order_id=Platform.TWICE, pay_way="STRIPE", max_price="0.01")
        session.order(pay, order_id=Platform.TWICE, pay_way="STRIPE")
        session.error(
            "other_payment_open", pay, order_id=Platform.TWICE, pay_way="X402", payment_signature=signature(4)
        )
        paid = session.order(pay, order_id=Platform.SETTLED, pay_way="X402", payment_signature=signature(5))
        tally.check(None if "x402_receipt" in paid else "no receipt", paid)
    for code, setting in (
        ("amount_refused", {"ACEDATACLOUD_X402_MAX": "0.50"}),
        ("journal_unavailable", {"ACEDATACLOUD_JOURNAL": os.devnull}),
    ):
        with Session(schema, tally, version, **settings, **setting) as session:
            signed = {"pay_way": "X402", "payment_signature": signature(6)}
            session.error(code, pay, order_id=Platform.SETTLED, **signed)
    platform.shutdown()
    tally.tell("faults of the platform")


def elicitation_situations(schema, tally, version):
    with Session(schema, tally, version, "--sandbox", elicitation=True) as session:
        order = session.order("pay_order", order_id=preset(1), pay_way="STRIPE")
        links = [asked["url"] for asked in session.asked]
        tally.check(None if links == [order["pay_url"]] else "it asked for something else", links)
    tally.tell("asks the person to open the link")


def damaged(messages):
    """Messages that the server sent, each with a fault; what the message answers with each."""
    listing = next(message for message in messages if "tools" in message.get("result", {}))
    success = next(message for message in messages if "structuredContent" in message.get("result", {}))
    failure = next(message for message in messages if message.get("result", {}).get("isError"))
    error = next(message for message in messages if "error" in message and "id" in message)
    progress = next(message for message in messages if message.get("method") == "notifications/progress")

    def with_fault(message, *path, value=None):
        message = copy.deepcopy(message)
        *parents, last = path
        place = message
        for step in parents:
            place = place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value
        return message

    yield "tools/list", with_fault(listing, "jsonrpc")
    yield "tools/list", with_fault(listing, "id", value={})
    yield "tools/list", with_fault(listing, "result", "tools", 0, "name")
    yield "tools/list", with_fault(listing, "result", "tools", 0, "inputSchema", "type", value="array")
    yield "tools/call", with_fault(success, "result", "content")
    yield "tools/call", with_fault(success, "result", "content", 0, "type", value="picture")
    yield "tools/call", with_fault(failure, "result", "isError", value="yes")
    yield "tools/call", with_fault(error, "error", "message")
    yield "tools/call", with_fault(error, "error", "code", value="-32602")
    yield None, with_fault(progress, "params", "progressToken")
    yield None, with_fault(progress, "params", "progress", value="1")
    yield None, with_fault(progress, "method", value="notifications/unheard_of")


def refuses_damage(session, tally):
    """Shows that these checks can fail."""
    for method, message in damaged(session.sent):
        found = session.schema.message_problem(message, method)
        tally.check(None if found else "a damaged message passes", message)
    success = next(
        message["result"] for message in session.sent if "structuredContent" in message.get("result", {})
    )
    for fault in (
        {"isError": True},
        {"structuredContent": {**success["structuredContent"], "state": "Paid?"}},
        {"content": [{"type": "text", "text": "{}"}], "structuredContent": {}},
    ):
        found = session.result_problem("check_order_status", {**success, **fault})
        tally.check(None if found else "a damaged result passes", fault)
    tally.tell("damaged messages are refused")


def main():
    tally = Tally()
    for version in VERSIONS:
        tally.codes.clear()
        print(f"\nThe wire, MCP {version}")
        schema = Schema(sys.argv[1], version)
        with Session(schema, tally, version, "--sandbox") as session:
            sandbox_situations(session, tally)
        refuses_damage(session, tally)
        other_situations(schema, tally, version)
        tally.check(None if tally.codes == CODES else "other codes than `docs/tools.md` has", sorted(tally.codes ^ CODES))
        tally.tell("every code of an error was seen")
        if version != VERSIONS[0]:
            elicitation_situations(schema, tally, version)
    with open(os.environ["TALLY"], "a", encoding="utf-8") as file:
        print(tally.passed, len(tally.failures), file=file)
    return 1 if tally.failures else 0


sys.exit(main())
