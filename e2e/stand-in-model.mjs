import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * Stands in for the model that Gemini CLI asks: follows a script of tool calls, one a turn, and then says its last words.
 * What it was told is kept: `results` are the answers of the tools as the model received them.
 */
export async function standInModel(script, lastWords) {
  const seen = { tools: [], results: [] };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
    const parts = (asked.contents ?? []).flatMap((content) => content.parts ?? []);
    const declared = (asked.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []);
    seen.tools = declared.map(({ name }) => name);
    seen.results = parts.flatMap((part) => part.functionResponse ?? []);
    const next = script[seen.results.length];
    const part = next === undefined ? { text: lastWords } : { functionCall: next };
    const answer = {
      candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    };
    const streamed = request.url.includes(':streamGenerateContent');
    response.setHeader('content-type', streamed ? 'text/event-stream' : 'application/json');
    response.end(streamed ? `data: ${JSON.stringify(answer)}\r\n\r\n` : JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    seen,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
