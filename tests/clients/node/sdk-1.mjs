// The TypeScript SDK, 1.x.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { annotations, main, order, SERVER } from './scenario.mjs';

async function connect(open) {
    const client = new Client(
        { name: 'test', version: '1' },
        { capabilities: open ? { elicitation: { url: {} } } : {} },
    );
    if (open) client.setRequestHandler(ElicitRequestSchema, ({ params }) => open(params));
    const transport = new StdioClientTransport(SERVER);
    let protocol;
    transport.setProtocolVersion = version => (protocol = version);
    await client.connect(transport);
    return {
        protocol,
        tools: async () => annotations((await client.listTools()).tools),
        call: async (name, args, signal) => order(await client.callTool({ name, arguments: args }, undefined, { signal })),
        close: () => client.close(),
    };
}

await main(connect);
