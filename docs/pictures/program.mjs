// The program, as a person in a terminal and as an MCP client run it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const { SERVER } = process.env;

/** Runs `use` with a sandbox, which the commands and calls below then talk to; its address is the argument. */
export async function withSandbox(use) {
    const child = spawn(SERVER, ['sandbox', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    process.once('exit', () => child.kill());
    try {
        let url, token;
        for await (const line of createInterface({ input: child.stdout })) {
            url ??= line.match(/on (http:\S+)/)?.[1];
            token = line.match(/^Token +(\S+)/)?.[1];
            if (token) break;
        }
        if (!token) throw new Error('the sandbox did not start');
        Object.assign(process.env, { PLATFORM_API_BASE_URL: url, ACEDATACLOUD_PLATFORM_TOKEN: token });
        await use(url);
    } finally {
        await end(child);
    }
}

/** What a command writes when its stdout is a terminal with so many columns. */
export async function typed(command, { columns, code }) {
    const line = `stty cols ${columns} rows 50 && exec "$SERVER" ${command}`;
    const child = spawn('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
        env: { ...process.env, SHELL: '/bin/sh', TERM: 'xterm-256color' },
    });
    const [output, [ended]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    if (ended !== code) throw new Error(`\`${command}\` ended with ${ended} instead of ${code}:\n${output}`);
    return output;
}

/** The JSON object that a command prints. */
export async function json(...command) {
    const child = spawn(SERVER, [...command, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    return JSON.parse(await text(child.stdout));
}

/** What a tool returns, over MCP on stdin and stdout. */
export async function call(name, args) {
    const child = spawn(SERVER, { stdio: ['pipe', 'pipe', 'ignore'] });
    const send = message => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const clientInfo = { name: 'pictures', version: '1' };
    send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo } });
    send({ method: 'notifications/initialized' });
    send({ id: 2, method: 'tools/call', params: { name, arguments: args } });
    try {
        for await (const line of createInterface({ input: child.stdout })) {
            const { id, result } = JSON.parse(line);
            if (id === 2 && result) return result;
        }
        throw new Error(`${name} was not answered`);
    } finally {
        await end(child);
    }
}

async function text(stream) {
    return Buffer.concat(await stream.toArray()).toString();
}

async function end(child) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, 'exit');
}
