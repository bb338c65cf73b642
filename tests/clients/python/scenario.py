"""What every Python client does with the server. Standard library only; a client is an adapter of a few lines.

A client's script ends with `main(connect)`. `connect` is an async context manager that starts the server and gives a
`Client`; its argument is None, or what the client is to answer when the server asks the person to open a link.
"""

import asyncio
import json
import os
import re
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "..", "expected.json"), encoding="utf-8") as file:
    EXPECTED = json.load(file)

PLATFORM = os.environ["PLATFORM_API_BASE_URL"]
COMMAND = os.environ["SERVER"]
ENV = {name: os.environ[name] for name in ("PATH", "PLATFORM_API_BASE_URL", "ACEDATACLOUD_PLATFORM_TOKEN")}


class Refused(Exception):
    """A call that failed; the text is what the client shows of it."""


class Client:
    """A client that is connected to the server."""

    protocol = ""
    """The version of MCP that was agreed on."""
    cancels = "told"
    """What the server hears of a cancelled call: `told`, `silent` (nothing), `never` (there is no cancelling), or `each` (its
    process was started for this call, and ends with it)."""
    hints = True
    """Whether the client shows the annotations of a tool."""
    extra = ()
    """Checks of this client alone."""

    def __init__(self):
        self.asked = []
        """The links that the server asked the person to open."""

    async def tools(self):
        """The annotations of every tool, by name; without `hints`, nothing of each."""
        raise NotImplementedError

    async def call(self, tool, arguments):
        """The order that a call returns; raises `Refused`."""
        raise NotImplementedError

    async def cancel(self, call):
        """Cancels a call that is on its way."""
        call.cancel()


def annotations(tools):
    """The annotations of an SDK's list of tools."""
    return {tool.name: tool.annotations.model_dump(by_alias=True, exclude_none=True) for tool in tools}


def order(is_error, content, structured):
    """The order of an SDK's result, which holds it twice."""
    text = content[0].text
    if is_error:
        raise Refused(text)
    same(structured, json.loads(text))
    return structured


def same(actual, expected):
    assert actual == expected, f"\n  expected {expected}\n  got      {actual}"


async def lists_the_tools(client):
    same(await client.tools(), EXPECTED["tools"] if client.hints else dict.fromkeys(EXPECTED["tools"]))


async def pays(client):
    order = await client.call("pay_order", EXPECTED["payment"])
    assert order["pay_url"] in order["message"], order["message"]
    for field in EXPECTED["varying"]:
        assert isinstance(order.pop(field, None), str), f"no `{field}`"
    link = EXPECTED["pending"]["pay_url"].format(platform=PLATFORM)
    same(order, {**EXPECTED["pending"], "pay_url": link, "platform": PLATFORM.removeprefix("http://")})


async def press_pay(order_id):
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    page = f"{PLATFORM}/checkout/{order_id}"

    def press():
        with directly.open(page) as form:
            token = re.search('name="token" value="([^"]+)"', form.read().decode()).group(1)
        directly.open(f"{page}/pay", data=f"token={token}".encode()).close()

    await asyncio.to_thread(press)


async def waits_until_paid(client):
    async def somebody_pays():
        # Some clients start a server for the call first.
        await asyncio.sleep(3)
        await press_pay(order_id)

    order_id = EXPECTED["payment"]["order_id"]
    pressing = asyncio.create_task(somebody_pays())
    paid = await client.call("check_order_status", {"order_id": order_id, "wait_seconds": 45})
    assert pressing.done(), "the wait ended before anybody paid"
    await pressing
    finished = await client.call("check_order_status", {"order_id": order_id})
    same(
        [(order["state"], order["paid"], order["final"]) for order in (paid, finished)],
        [("Paid", True, False), ("Finished", True, True)],
    )


async def is_refused(client):
    try:
        order = await client.call("pay_order", EXPECTED["refused"])
    except Refused as refusal:
        shown = str(refusal)
        assert all(part in shown for part in EXPECTED["refusal"]), f"it shows only: {shown}"
    else:
        raise AssertionError(f"it was not refused: {order}")


async def is_cancelled(client):
    call = asyncio.create_task(client.call("check_order_status", EXPECTED["waiting"]))
    await asyncio.sleep(0.5)
    assert not call.done(), "the call did not wait"
    await client.cancel(call)
    ends = await asyncio.gather(call, return_exceptions=True)
    assert isinstance(ends[0], BaseException), f"the call has an answer: {ends[0]}"
    started = time.monotonic()
    order = await client.call("check_order_status", EXPECTED["finished"])
    took = time.monotonic() - started
    same(order["state"], "Finished")
    assert took < 2, f"the next call took {took:.1f} s"
    if client.cancels == "silent":
        # The server waits on, and a session of `mcp` 1.x that is closing takes no answer: it is given before that.
        waiting = EXPECTED["waiting"]["order_id"]
        await client.call("pay_order", {"order_id": waiting, "pay_way": "STRIPE"})
        await press_pay(waiting)
        await client.call("check_order_status", EXPECTED["waiting"])


async def opens_the_link(client):
    order = await client.call("pay_order", EXPECTED["payment"])
    same(order["state"], "Pending")
    same(client.asked, [order["pay_url"]])


def main(connect):
    """Plays the scenario, or the part with the link, and reports every check as a line of JSON."""
    answer = os.environ.get("ELICITATION")

    async def play():
        async with connect(answer) as client:
            checks = [lists_the_tools, pays, waits_until_paid, is_refused]
            if client.cancels in ("told", "silent"):
                checks.append(is_cancelled)
            checks += type(client).extra
            if answer:
                checks = [lists_the_tools, opens_the_link]
            report(protocol=client.protocol, cancels=client.cancels)
            for check in checks:
                try:
                    await asyncio.wait_for(check(client), 60)
                except Exception as failure:
                    report(check=check.__name__, failure=f"{type(failure).__name__}: {failure}")
                else:
                    report(check=check.__name__, failure=None)

    asyncio.run(play())


def report(**facts):
    print(json.dumps(facts), flush=True)
