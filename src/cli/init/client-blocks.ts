import { shellWord } from '../shell-word.ts';

/** How to put a server into a client. */
export interface ClientBlock {
  client: string;
  /** The file it goes into; undefined for a command. */
  file: string | undefined;
  block: string;
}

/**
 * What goes into the usual clients, for a server on stdio that reads this settings file.
 *
 * @param own how this program was started: what works here works for a client, too
 */
export function clientBlocks(settingsFile: string, own: readonly string[]): ClientBlock[] {
  const [command = 'proxmox-mcp', ...before] = own;
  const args = [...before, '--env-file', settingsFile];
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  const servers = json({ mcpServers: { proxmox: { command, args } } });
  const words = [command, ...args].map(shellWord);
  return [
    { client: 'Gemini CLI', file: '~/.gemini/settings.json', block: servers },
    { client: 'Claude Desktop', file: 'claude_desktop_config.json', block: servers },
    { client: 'Claude Code', file: undefined, block: `claude mcp add proxmox -- ${words.join(' ')}` },
    {
      client: 'VS Code',
      file: '.vscode/mcp.json',
      block: json({ servers: { proxmox: { type: 'stdio', command, args } } }),
    },
    { client: 'Cursor', file: '~/.cursor/mcp.json', block: servers },
    {
      client: 'Codex',
      file: '~/.codex/config.toml',
      // A basic string of TOML is one of JSON.
      block: `[mcp_servers.proxmox]\ncommand = ${JSON.stringify(command)}\nargs = [${args.map((arg) => JSON.stringify(arg)).join(', ')}]`,
    },
  ];
}

/** The same for people; what goes alike into several clients is shown once. */
export function clientText(settingsFile: string, own: readonly string[]): string {
  const byBlock = new Map<string, string[]>();
  for (const { client, file, block } of clientBlocks(settingsFile, own)) {
    const name = file === undefined ? `${client}, in a terminal` : `${client} (${file})`;
    byBlock.set(block, [...(byBlock.get(block) ?? []), name]);
  }
  return [...byBlock].map(([block, names]) => `${names.join(', ')}:\n${block}\n`).join('\n');
}
