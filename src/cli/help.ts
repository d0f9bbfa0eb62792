import { settings } from '../config/settings.ts';
import { version } from './version.ts';

/** What `--help` prints: every command, and every setting with its flag and its variable. */
export function helpText(): string {
  const rows = Object.values(settings).map((entry) => {
    const flag = 'flag' in entry ? `--${entry.flag}${'isSwitch' in entry ? '' : ' …'}` : '(no flag: secret)';
    const fallback = 'default' in entry ? ` Default: ${entry.default}.` : '';
    const file = 'secret' in entry ? ` Or ${entry.env}_FILE with a path.` : '';
    const alias = 'aliases' in entry ? ` Also: ${entry.aliases.join(', ')}.` : '';
    return [flag, entry.env, `${entry.help} (${entry.shape})${fallback}${file}${alias}`] as const;
  });
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const lines = rows.map(
    ([flag, env, help]) => `  ${flag.padEnd(width(0))}  ${env.padEnd(width(1))}  ${help}`,
  );
  return `proxmox-mcp ${version}: a Model Context Protocol server for Proxmox

Usage:
  proxmox-mcp [flags]             serve MCP on stdio, or over HTTP with --transport http
  proxmox-mcp --demo [flags]      the same, with a simulated cluster behind it
  proxmox-mcp init                makes a login for this server in Proxmox, and its settings file (init --help)
  proxmox-mcp doctor              looks whether the server can work with these settings (doctor --help)
  proxmox-mcp simulate [--port 0] [--host 127.0.0.1] [--seed demo|tiny|lab] [--scale N]
                       [--fault NAME[=…]]…
                                  serve the simulated cluster alone, over HTTPS; the faults are in docs/simulator.md
  proxmox-mcp audit [--verify]    what was changed, by whom, and whether the ledger of it is whole (audit --help)
  proxmox-mcp approve [id] [--no]
                                  what waits for a person; approve or decline it (approve --help)
  proxmox-mcp demo [--once]       a guided tour on the simulated cluster

Settings, as flags or variables (a flag wins):
${lines.join('\n')}

  --env-file …  read variables from a file     -h, --help     -v, --version
`;
}
