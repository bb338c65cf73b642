// The TypeScript SDK, 2.x, in the mode that the command line names.

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { annotations, main, order, SERVER } from './scenario.mjs';

const named = process.argv[2];
const mode = ['legacy', 'auto'].includes(named) ? named : { pin: named };

async function connect(open) {
    const client = new Client(
        { name: 'test', version: '1' },
        { versionNegotiation: { mode }, capabilities: open ? { elicitation: { url: {} } } : {} },
    );
    if (open) client.setRequestHandler('elicitation/create', ({ params }) => open(params));
    await client.connect(new StdioClientTransport(SERVER));
    return {
        protocol: client.getNegotiatedProtocolVersion(),
        tools: async () => annotations((await client.listTools()).tools),
        call: async (name, args, signal) => order(await client.callTool({ name, arguments: args }, { signal })),
        close: () => client.close(),
    };
}

await main(connect);
