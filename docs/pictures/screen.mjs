// Screenshots of a terminal emulator (xterm.js) and of web pages, by a browser without a window.

import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const { resolve } = createRequire(import.meta.url);

export const THEMES = {
    dark: { background: '#11161d', foreground: '#d5dce5', black: '#11161d', brightWhite: '#ffffff' },
    light: { background: '#ffffff', foreground: '#24292f', black: '#24292f', brightWhite: '#ffffff' },
};

/** Twice the size at which a picture is shown, for screens with small pixels. */
const SCALE = 2;

/** Runs `use` with the two kinds of screenshots, which are PNG files. */
export async function withScreen(use) {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM,
        chromiumSandbox: false,
        // The emulator draws block characters without gaps in WebGL only, which works without a graphics card too.
        args: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    });
    try {
        await use({
            terminal: (output, options) => terminal(browser, output, options),
            page: (url, width) => page(browser, url, width),
        });
    } finally {
        await browser.close();
    }
}

/** A terminal with so many columns, and as many rows as the output takes. */
async function terminal(browser, output, { columns, theme }) {
    // The emulator is blurred when the browser scales: a larger font does the same.
    const page = await browser.newPage({ viewport: { width: 40 * SCALE * columns, height: 1000 } });
    const { background } = theme;
    await page.setContent(`<div id="screen" style="display: inline-block; padding: ${16 * SCALE}px; background: ${background}">`);
    await page.addStyleTag({ path: resolve('@xterm/xterm/css/xterm.css') });
    await page.addScriptTag({ path: resolve('@xterm/xterm') });
    await page.addScriptTag({ path: resolve('@xterm/addon-webgl') });
    const options = { theme, cols: columns, fontFamily: 'DejaVu Sans Mono', fontSize: 14 * SCALE };
    await page.evaluate(show, { output, options });
    const picture = await page.locator('#screen').screenshot();
    await page.close();
    return picture;
}

/** In the browser: shows the output from its first line to its last. */
async function show({ output, options }) {
    const terminal = new Terminal({ ...options, rows: 1000, lineHeight: 1, letterSpacing: 0, scrollback: 0 });
    const write = text => new Promise(done => terminal.write(text, done));
    await write(output);
    let rows = terminal.rows;
    while (rows > 1 && terminal.buffer.active.getLine(rows - 1).translateToString(true) === '') rows -= 1;
    // Without a cursor; rows are taken away below where it would be.
    await write('\x1b[?25l\x1b[H');
    terminal.resize(terminal.cols, rows);
    terminal.open(document.getElementById('screen'));
    terminal.loadAddon(new WebglAddon.WebglAddon());
    await new Promise(done => terminal.onRender(done));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}

/** A web page in a window with this width. */
async function page(browser, url, width) {
    const page = await browser.newPage({ viewport: { width, height: 100 }, deviceScaleFactor: SCALE });
    await page.goto(url);
    const picture = await page.screenshot({ fullPage: true });
    await page.close();
    return picture;
}
