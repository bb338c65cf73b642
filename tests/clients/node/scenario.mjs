// What every Node client does with the server; a client is an adapter of a few lines, as in ../python/scenario.py.
//
// A client's script ends with `await main(connect)`. `connect(open)` starts the server and gives
// `{protocol, cancels, tools(), call(tool, arguments, signal), close()}`, with `cancels` as in ../python/scenario.py, `told`
// when left out; `open` is undefined, or what the client is to call with the parameters when the server asks the person to
// open a link.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const EXPECTED = JSON.parse(readFileSync(process.env.EXPECTED, 'utf8'));
const { PATH, PLATFORM_API_BASE_URL, ACEDATACLOUD_PLATFORM_TOKEN, ELICITATION } = process.env;
const LINK = EXPECTED.pending.pay_url.replace('{platform}', PLATFORM_API_BASE_URL);

export const SERVER = {
    command: process.env.SERVER,
    args: [],
    env: { PATH, PLATFORM_API_BASE_URL, ACEDATACLOUD_PLATFORM_TOKEN },
};

/** A call that failed; the message is what the client shows of it. */
class Refused extends Error {}

/** The annotations of an SDK's list of tools. */
export const annotations = tools => Object.fromEntries(tools.map(tool => [tool.name, tool.annotations]));

/** The order of an SDK's result, which holds it twice. */
export function order({ isError, content, structuredContent }) {
    if (isError) throw new Refused(content[0].text);
    assert.deepEqual(structuredContent, JSON.parse(content[0].text));
    return structuredContent;
}

async function listsTheTools(client) {
    assert.deepEqual(await client.tools(), EXPECTED.tools);
}

async function pays(client) {
    const order = await client.call('pay_order', EXPECTED.payment);
    assert.ok(order.message.includes(order.pay_url), order.message);
    for (const field of EXPECTED.varying) {
        assert.equal(typeof order[field], 'string', field);
        delete order[field];
    }
    const platform = new URL(PLATFORM_API_BASE_URL).host;
    assert.deepEqual(order, { ...EXPECTED.pending, pay_url: LINK, platform });
}

async function waitsUntilPaid(client) {
    const { order_id } = EXPECTED.payment;
    let pressed = false;
    const pressing = sleep(1000).then(async () => {
        pressed = true;
        const [, token] = (await (await fetch(LINK)).text()).match(/name="token" value="([^"]+)"/);
        const body = new URLSearchParams({ token });
        assert.ok((await fetch(`${LINK}/pay`, { method: 'POST', body })).ok);
    });
    const paid = await client.call('check_order_status', { order_id, wait_seconds: 45 });
    assert.ok(pressed, 'the wait ended before anybody paid');
    await pressing;
    const finished = await client.call('check_order_status', { order_id });
    assert.deepEqual(
        [paid, finished].map(({ state, paid, final }) => [state, paid, final]),
        [['Paid', true, false], ['Finished', true, true]],
    );
}

async function isRefused(client) {
    await assert.rejects(client.call('pay_order', EXPECTED.refused), refusal => {
        assert.ok(refusal instanceof Refused, refusal);
        for (const part of EXPECTED.refusal) assert.ok(refusal.message.includes(part), refusal.message);
        return true;
    });
}

async function isCancelled(client) {
    const cancelling = new AbortController();
    const call = client.call('check_order_status', EXPECTED.waiting, cancelling.signal);
    const ends = assert.rejects(call);
    await sleep(500);
    cancelling.abort('test');
    await ends;
    const started = performance.now();
    const order = await client.call('check_order_status', EXPECTED.finished);
    const took = performance.now() - started;
    assert.equal(order.state, 'Finished');
    assert.ok(took < 2000, `the next call took ${took} ms`);
}

async function opensTheLink(client, asked) {
    const order = await client.call('pay_order', EXPECTED.payment);
    assert.equal(order.state, 'Pending');
    assert.deepEqual(asked, [order.pay_url]);
}

const CHECKS = { lists_the_tools: listsTheTools, pays, waits_until_paid: waitsUntilPaid, is_refused: isRefused, is_cancelled: isCancelled };
const CHECKS_OF_ELICITATION = { lists_the_tools: listsTheTools, opens_the_link: opensTheLink };

/** Plays the scenario, or the part with the link, and reports every check as a line of JSON. */
export async function main(connect) {
    const asked = [];
    const open = ({ url }) => {
        asked.push(url);
        return { action: ELICITATION };
    };
    const client = await connect(ELICITATION && open);
    report({ protocol: client.protocol, cancels: client.cancels ?? 'told' });
    for (const [check, run] of Object.entries(ELICITATION ? CHECKS_OF_ELICITATION : CHECKS)) {
        const failure = await run(client, asked).then(() => null, error => String(error?.stack ?? error));
        report({ check, failure });
    }
    await client.close();
}

const report = facts => console.log(JSON.stringify(facts));
