// Scans the program's QR codes off screenshots, with a decoder that knows nothing of the program. Called by `make --check`.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { call, json, typed, withSandbox } from './program.mjs';
import { THEMES, withScreen } from './screen.mjs';

const ORDERS = [
    { way: 'WECHATPAY', id: '00000000-0000-4000-8000-000000000002' },
    { way: 'STRIPE', id: '00000000-0000-4000-8000-000000000001' },
];
const COLUMNS = 100;
const WAITS_FOR_PAYMENT = 3;

/** For a person who wants to see what was scanned. */
const SCREENSHOTS = join(import.meta.dirname, 'screenshots');

const tally = { passed: 0, failed: 0 };
await mkdir(SCREENSHOTS, { recursive: true });

await withScreen(screen =>
    withSandbox(async () => {
        const onTerminals = async (name, output, link) => {
            for (const [background, theme] of Object.entries(THEMES)) {
                await check(`${name}, ${background} background`, await screen.terminal(output, { columns: COLUMNS, theme }), link);
            }
        };
        for (const { way, id } of ORDERS) {
            const printed = await typed(`pay ${id} --pay-way ${way} --qr`, { columns: COLUMNS, code: WAITS_FOR_PAYMENT });
            const { pay_url: link } = await json('status', id);
            await onTerminals(`${way}, as a command prints it`, printed, link);

            const result = await call('pay_order', { order_id: id, pay_way: way, qr_code: true });
            const { pay_url, qr_code_text } = result.structuredContent;
            const lines = qr_code_text.replaceAll('\n', '\r\n');
            await onTerminals(`${way}, qr_code_text`, lines, pay_url);
            await check(`${way}, picture`, Buffer.from(result.content[1].data, 'base64'), pay_url);
            await onTerminals(`${way}, damaged: not to be read`, lines.replaceAll('▄', ' '), undefined);
        }
    }),
);

console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed ? 1 : 0;

/** What is read in a picture must be the link. */
async function check(name, picture, link) {
    const { data, width, height } = PNG.sync.read(picture);
    const read = jsQR(new Uint8ClampedArray(data), width, height, { inversionAttempts: 'attemptBoth' })?.data;
    const isRight = read === link;
    tally[isRight ? 'passed' : 'failed'] += 1;
    console.log(isRight ? `passed  ${name}` : `FAILED  ${name}: ${read} instead of ${link}`);
    await writeFile(join(SCREENSHOTS, `${name.replaceAll(/\W+/g, '-')}.png`), picture);
}
