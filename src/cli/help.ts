import type { Setting } from '../config/setting.ts';
import { settings } from '../config/settings.ts';
import { telemetrySettings } from '../config/telemetry-settings.ts';
import { version } from './version.ts';

/** Wider lines are hard to read, narrower ones say nothing. */
const WIDEST = 100;
const NARROWEST = 40;

/** What stands first among the arguments, and what it does. */
export const commands = {
  init: 'make a login for this server in Proxmox, and its settings file',
  doctor: 'look whether the server can work with these settings',
  approve: 'what waits for a person: approve or decline it',
  audit: 'what was changed, by whom, and whether the ledger of it is whole',
  demo: 'a guided tour on a simulated cluster',
  simulate: 'the simulated cluster alone, over HTTPS',
};

/**
 * What `--help` prints: every command, and every setting with its flag and its variable.
 *
 * @param columns how wide the terminal is; undefined where there is none
 */
export function helpText(columns?: number): string {
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns ?? WIDEST));
  const words = (indent: number, text: string) => wrapped(text, width - indent, ' '.repeat(indent));
  const item = (head: string, text: string) => `  ${head}\n${words(6, text)}`;
  return [
    words(0, `proxmox-mcp ${version}: a Model Context Protocol server for Proxmox VE`),
    '',
    'Usage:',
    item('proxmox-mcp [flags]', 'serve MCP on stdio, for a client that starts it'),
    item('proxmox-mcp --transport http [flags]', 'serve MCP over HTTP'),
    item('proxmox-mcp --demo [flags]', 'serve a simulated cluster instead of yours'),
    ...Object.entries(commands).map(([name, what]) => item(`proxmox-mcp ${name}`, what)),
    '',
    words(
      0,
      'proxmox-mcp <command> --help tells more of a command. A new server begins with: proxmox-mcp init',
    ),
    '',
    words(0, 'Settings, as flags or variables. A flag wins over a variable, and that over a file:'),
    item('--env-file …', 'read variables from this file'),
    ...Object.values({ ...settings, ...telemetrySettings }).map((entry: Setting) =>
      item(headOf(entry), textOf(entry)),
    ),
    '',
    '  -h, --help     -v, --version',
    '',
  ].join('\n');
}

function headOf({ flag, env, isSwitch }: Setting): string {
  return flag === undefined ? env : `--${flag}${isSwitch ? '' : ' …'}, ${env}`;
}

function textOf({ env, secret, aliases, help, shape, default: fallback }: Setting): string {
  return [
    `${help} (${shape})`,
    fallback === undefined ? '' : `Default: ${fallback}.`,
    secret ? `Or ${env}_FILE with a path. A secret has no flag.` : '',
    aliases === undefined ? '' : `Also: ${aliases.join(', ')}.`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** In lines of at most `width` characters; a longer word has one for itself. */
function wrapped(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => indent + line).join('\n');
}
