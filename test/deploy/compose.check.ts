import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settings } from '../../src/config/settings.ts';
import { start, waitFor } from '../program.ts';
import { objections } from './schemas.ts';
import { labels, parsed, REQUIRED, STACKS, stack } from './stack.ts';
import { changed, interpolated, text, yaml } from './tools.ts';
import { nested } from './traefik.ts';

test.each(STACKS)('%s is what the Compose Specification says', (file) => {
  expect(objections('compose-spec', yaml(file))).toEqual([]);
  expect(objections('compose-spec', { ...yaml<object>(file), servces: {} })).toHaveLength(1);
});

test.each(STACKS)('%s: a stack that lacks a variable it needs is not started', (file) => {
  for (const name of Object.keys(REQUIRED)) {
    expect(() => interpolated(text(file), { ...REQUIRED, [name]: '' })).toThrow(`${name} is missing`);
  }
  expect(interpolated(text(file), REQUIRED)).not.toContain('${');
});

test.each(STACKS)('%s: the container may do nothing but serve and keep its state', (file) => {
  const service = stack(file);
  expect(service).toMatchObject({ user: '65532:65532', read_only: true, cap_drop: ['ALL'] });
  expect(service.volumes).toEqual(['state:/state']);
  expect(service).not.toHaveProperty('privileged');
  // Reached through Traefik's network alone.
  expect(service).not.toHaveProperty('ports');
  expect(Object.keys(service.deploy.resources.limits).sort()).toEqual(['cpus', 'memory', 'pids']);
});

test('deploy/compose.yaml: no new privileges', () => {
  expect(stack('deploy/compose.yaml').security_opt).toEqual(['no-new-privileges:true']);
});

test.each(STACKS)('%s: every setting exists, and every secret is a file that the stack brings', (file) => {
  const { environment } = stack(file);
  const known = Object.values(settings).flatMap((entry) =>
    'secret' in entry ? [entry.env, `${entry.env}_FILE`] : [entry.env],
  );
  expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
  const { secrets } = parsed(file);
  for (const [name, value] of Object.entries(environment)) {
    const secret = Object.values(settings).some((entry) => entry.env === name && 'secret' in entry);
    expect(secret, `${name} in plain sight`).toBe(false);
    if (name.endsWith('_FILE')) expect(secrets).toHaveProperty([value.replace('/run/secrets/', '')]);
  }
});

test.each(STACKS)(
  '%s: the health check of the program passes, and fails where nothing listens',
  async (file) => {
    const [, node, ...args] = stack(file).healthcheck.test;
    expect(node).toBe('/usr/local/bin/node');
    const program = start(['--demo', '--transport', 'http', '--port', '0']);
    const [, port = ''] = await waitFor(program.stderr, /"url":"http:\/\/127.0.0.1:(\d+)"/);
    const against = (where: string) =>
      execFileSync(
        process.execPath,
        args.map((arg) => arg.replace('8000', where)),
      );
    against(port);
    expect(() => against(String(1))).toThrow();
  },
);

test.each(STACKS)("%s: the labels say what Traefik's published schema knows", (file) => {
  const said = nested(labels(file), ['http://10.0.0.1:8000']);
  const balancer = said.http.services?.['proxmox-mcp']?.loadBalancer;
  // Newer than the schema.
  if (balancer?.strategy !== undefined)
    expect(['wrr', 'p2c', 'hrw', 'leasttime']).toContain(balancer.strategy);
  delete balancer?.strategy;
  expect(objections('traefik-v2-file-provider', said)).toEqual([]);
  const misspelt = nested({ ...labels(file), 'traefik.http.routers.proxmox-mcp.rules': 'x' }, []);
  expect(objections('traefik-v2-file-provider', misspelt)).not.toEqual([]);
});

test("deploy/traefik/traefik.yaml is what Traefik's published schema says", () => {
  // The schema knows plain seconds alone, which mean the same.
  const file = text('deploy/traefik/traefik.yaml').replace(/Timeout: (\d+)s$/gm, 'Timeout: $1');
  expect(objections('traefik-v2', parse(file))).toEqual([]);
  expect(objections('traefik-v2', parse(changed(file, 'writeTimeout', 'writeTimeot')))).toHaveLength(1);
});

test("deploy/traefik/dynamic.yaml is what Traefik's published schema says", () => {
  const file = text('deploy/traefik/dynamic.yaml');
  expect(objections('traefik-v2-file-provider', parse(file))).toEqual([]);
  const misspelt = changed(file, 'passHostHeader', 'passHostHeder');
  expect(objections('traefik-v2-file-provider', parse(misspelt))).not.toEqual([]);
});
