// The Vercel AI SDK: `generateText` with a model that makes one call, and the tools of `@ai-sdk/mcp`.

import { createMCPClient } from '@ai-sdk/mcp';
import { StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { generateText } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { main, order, SERVER } from './scenario.mjs';

const usage = { inputTokens: {}, outputTokens: {} };

/** A model that calls a tool. */
const calling = (toolName, args) => new MockLanguageModelV4({
    doGenerate: {
        content: [{ type: 'tool-call', toolCallId: '1', toolName, input: JSON.stringify(args) }],
        finishReason: { unified: 'tool-calls' },
        usage,
        warnings: [],
    },
});

async function connect() {
    const transport = new StdioMCPTransport(SERVER);
    const client = await createMCPClient({ transport });
    const tools = await client.tools();
    return {
        protocol: transport.protocolVersion,
        cancels: 'silent',
        tools: async () => Object.fromEntries(
            Object.entries(tools).map(([name, tool]) => [name, withoutTitle(tool.metadata.annotations)]),
        ),
        call: async (name, args, abortSignal) => {
            const { content } = await generateText({ model: calling(name, args), tools, prompt: 'Pay.', abortSignal });
            const result = content.find(({ type }) => type === 'tool-result');
            if (!result) throw content.find(({ type }) => type === 'tool-error').error;
            return order(result.output);
        },
        close: () => client.close(),
    };
}

const withoutTitle = ({ title, ...hints }) => hints;

await main(connect);
