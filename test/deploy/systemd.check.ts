import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settings } from '../../src/config/settings.ts';
import { changed, folder, text, tool } from './tools.ts';

const UNIT = 'deploy/proxmox-mcp.service';

test('systemd reads the unit without a word', () => {
  const { stderr, status } = spawnSync(tool('systemd-analyze'), ['verify', resolved()], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

test('systemd would say so if it did not understand a line', () => {
  const broken = join(folder(), 'proxmox-mcp.service');
  writeFileSync(broken, changed(text(UNIT), 'ProtectSystem=strict', 'ProtectSystem=very'));
  const { stderr } = spawnSync(tool('systemd-analyze'), ['verify', broken], { encoding: 'utf8' });
  expect(stderr).toContain('Failed to parse protect system');
});

test("by systemd's own measure, next to nothing is exposed", () => {
  // 10 is a service with no restrictions; what is left here is mostly the network.
  execFileSync(tool('systemd-analyze'), ['security', '--offline=true', '--threshold=15', UNIT]);
});

test('every setting exists, and every secret is a credential and in no environment', () => {
  const unit = text(UNIT);
  const credentials = new Set([...unit.matchAll(/^LoadCredential=([\w-]+):/gm)].map(([, name]) => name));
  const names = new Set<string>();
  for (const [, line = ''] of unit.matchAll(/^Environment=(.*)$/gm)) {
    for (const entry of line.split(' ')) {
      const [name = '', value = ''] = entry.split('=');
      names.add(name);
      const [, credential] = /^%d\/(.+)$/.exec(value) ?? [];
      if (credential !== undefined) expect(credentials).toContain(credential);
    }
  }
  const secrets = Object.values(settings).flatMap((entry) => ('secret' in entry ? [entry.env] : []));
  const known = Object.values(settings).flatMap((entry) => [entry.env, `${entry.env}_FILE`]);
  expect(['NODE_ENV', ...known]).toEqual(expect.arrayContaining([...names]));
  for (const secret of secrets) expect(names).not.toContain(secret);
});

/** The unit with a Node that is on this machine, whose existence systemd checks. */
function resolved(): string {
  const unit = join(folder(), 'proxmox-mcp.service');
  writeFileSync(unit, changed(text(UNIT), '/usr/bin/node', process.execPath));
  return unit;
}
