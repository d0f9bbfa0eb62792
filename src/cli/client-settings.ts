/** The settings to paste into the usual clients, for a server that listens at `url`. */
export function clientSettings(url: string): string {
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  return [
    'Gemini CLI, in ~/.gemini/settings.json (url is SSE; httpUrl would be Streamable HTTP):',
    json({ mcpServers: { proxmox: { url: `${url}/sse` } } }),
    '',
    'Claude Code, in a terminal:',
    `claude mcp add --transport http proxmox ${url}/mcp`,
    '',
    'VS Code, in .vscode/mcp.json:',
    json({ servers: { proxmox: { type: 'http', url: `${url}/mcp` } } }),
  ].join('\n');
}
