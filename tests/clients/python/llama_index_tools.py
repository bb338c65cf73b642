"""LlamaIndex: its MCP client, which has a process of its own for every call, and cuts a call short by killing it."""

import base64
import contextlib
import json
import os
import secrets
import tempfile
import time

from eth_account import Account
from llama_index.tools.mcp import BasicMCPClient

import scenario

SLOW = "00000000-0000-4000-8000-000000000015"
"""The order of the sandbox whose settlement takes a minute."""


class LlamaIndex(scenario.Client):
    cancels = "each"

    def __init__(self, journal):
        super().__init__()
        self.environment = {**scenario.ENV, "ACEDATACLOUD_JOURNAL": journal}

    def client(self, timeout=60):
        return BasicMCPClient(scenario.COMMAND, env=self.environment, timeout=timeout)

    async def tools(self):
        return scenario.annotations((await self.client().list_tools()).tools)

    async def call(self, tool, arguments, **options):
        result = await self.client(**options).call_tool(tool, arguments)
        return scenario.order(result.is_error, result.content, result.structured_content)

    async def a_second_signature_is_refused(self):
        """What the first one came to is unknown to the process of the second, but for the journal."""
        payment = {"order_id": SLOW, "pay_way": "X402"}
        challenge = await self.call("pay_order", payment)
        wallet, entry = Account.create(), challenge["x402"]["accepts"][0]
        try:
            answer = await self.call("pay_order", {**payment, "payment_signature": sign(wallet, entry)}, timeout=3)
        except scenario.Refused:
            raise
        except Exception as cut:
            assert "timed out" in repr(cut), f"it is not cut by a time-out, but by {cut!r}"
        else:
            raise AssertionError(f"the call was not cut: {answer}")
        try:
            answer = await self.call("pay_order", {**payment, "payment_signature": sign(wallet, entry)})
        except scenario.Refused as refusal:
            assert "payment_in_flight" in str(refusal), f"it shows only: {refusal}"
        else:
            raise AssertionError(f"a second signature was sent: {answer}")

    extra = (a_second_signature_is_refused,)


def sign(wallet, entry):
    """The value of the header PAYMENT-SIGNATURE: `accepts`' entry signed, with a nonce of its own."""
    authorization = {
        "from": wallet.address,
        "to": entry["payTo"],
        "value": int(entry["amount"]),
        "validAfter": 0,
        "validBefore": int(time.time()) + entry["maxTimeoutSeconds"],
        "nonce": "0x" + secrets.token_hex(32),
    }
    domain = {name: entry["extra"][name] for name in ("name", "version", "chainId", "verifyingContract")}
    types = ["address from", "address to", "uint256 value", "uint256 validAfter", "uint256 validBefore", "bytes32 nonce"]
    fields = [dict(zip(("type", "name"), field.split(), strict=True)) for field in types]
    signed = wallet.sign_typed_data(domain, {"TransferWithAuthorization": fields}, authorization)
    payload = {
        "signature": "0x" + signed.signature.hex().removeprefix("0x"),
        "authorization": {name: str(value) for name, value in authorization.items()},
    }
    return base64.b64encode(json.dumps({"x402Version": 2, "accepted": entry, "payload": payload}).encode()).decode()


@contextlib.asynccontextmanager
async def connect(_answer):
    with tempfile.TemporaryDirectory() as folder:
        client = LlamaIndex(os.path.join(folder, "journal"))
        async with client.client()._run_session() as session:
            client.protocol = session.protocol_version
        yield client


scenario.main(connect)
