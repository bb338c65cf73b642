// Makes the pictures, into the folder that is named. Called by `make`.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import UPNG from 'upng-js';
import { typed, withSandbox } from './program.mjs';
import { THEMES, withScreen } from './screen.mjs';

const [, , FOLDER] = process.argv;
const STRIPE = '00000000-0000-4000-8000-000000000001';
const WECHAT = '00000000-0000-4000-8000-000000000002';
const COLOURS = 16;

/** The program's exit codes. */
const DONE = 0;
const WAITS_FOR_PAYMENT = 3;

await withScreen(screen =>
    withSandbox(async url => {
        /** A terminal, after somebody has typed a command. */
        const terminal = async (command, { columns, code }) => {
            const output = await typed(command, { columns, code });
            return screen.terminal(`$ acedata-pay-mcp ${command}\r\n${output}`, { columns, theme: THEMES.dark });
        };
        await save('demo', await terminal('demo', { columns: 108, code: DONE }));
        await save('qr', await terminal(`pay ${WECHAT} --pay-way WECHATPAY`, { columns: 80, code: WAITS_FOR_PAYMENT }));
        await typed(`pay ${STRIPE} --pay-way STRIPE`, { columns: 80, code: WAITS_FOR_PAYMENT });
        await save('checkout', await screen.page(`${url}/checkout/${STRIPE}`, 448));
    }),
);

/** Writes a picture with few colours: nobody sees it, and the file is a third as large. */
async function save(name, screenshot) {
    const { data, width, height } = PNG.sync.read(screenshot);
    const file = Buffer.from(UPNG.encode([data.buffer], width, height, COLOURS));
    await writeFile(join(FOLDER, `${name}.png`), file);
    console.log(`${name}.png  ${width} × ${height}, ${Math.round(file.length / 1000)} kB`);
}
