import { expect, test } from 'vitest';
import { helpText } from './help.ts';
import { nextSteps } from './next-steps.ts';
import { ownCommand } from './own-command.ts';

test.each([
  [60, 60],
  [200, 100],
  [undefined, 100],
])('on a terminal of %s columns no line of prose is wider than %i', (columns, widest) => {
  const wide = helpText(columns)
    .split('\n')
    // A word that cannot be broken has a line for itself.
    .filter((line) => line.length > widest && line.trim().includes(' '));
  expect(wide.filter((line) => !/^ {2}\S/.test(line))).toEqual([]);
});

test('who starts it by hand without settings reads what to type', () => {
  const text = nextSteps('node /opt/proxmox-mcp/dist/cli.js', '/home/me/.config/proxmox-mcp/proxmox.env');
  expect(text).toContain('node /opt/proxmox-mcp/dist/cli.js init');
  expect(text).toContain('--env-file /home/me/.config/proxmox-mcp/proxmox.env');
  expect(nextSteps('proxmox-mcp', undefined)).not.toContain('--env-file /');
});

test('the program is called again as it was called', () => {
  expect(ownCommand('/nowhere/dist/cli.js')).toEqual(['node', '/nowhere/dist/cli.js']);
  expect(ownCommand('/nowhere/bin/proxmox-mcp')).toEqual(['proxmox-mcp']);
  expect(ownCommand('/nowhere/_npx/0a/node_modules/proxmox-mcp/dist/cli.js')).toEqual([
    'npx',
    '-y',
    'proxmox-mcp',
  ]);
});
