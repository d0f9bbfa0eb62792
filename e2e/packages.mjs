import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { run } from './programs.mjs';
import { expectIn } from './tally.mjs';

const exec = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const json = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** The package as npm packs it, run by npx in an empty folder; answers the file. Packing builds everything first. */
export async function checkNpm(tally, { folder }) {
  const { name, version } = json('package.json');
  let tarball;
  await tally.check('npm packs', async () => {
    const { stdout } = await exec('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: root,
      timeout: 120_000,
    });
    // The build may say something first.
    const [packed] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]$/m))));
    tarball = join(folder, packed.filename);
    console.log(`        ${packed.files.length} files, ${Math.round(packed.size / 1024)} KiB`);
  });
  if (tarball === undefined) return undefined;
  const cwd = join(folder, 'empty');
  mkdirSync(cwd);
  const npx = (args, input) => {
    // npm needs its own settings and cache.
    const env = { ...process.env, MCP_STATE_DIR: join(folder, 'state') };
    return run('npx', ['-y', `--package=${tarball}`, name, ...args], { cwd, env, input, seconds: 90 });
  };
  await tally.check('npx runs the packed file in an empty folder', async () => {
    const { code, stdout, stderr } = await npx(['--version']);
    if (code !== 0 || !stdout.includes(version)) throw new Error(`${code} ${stdout} ${stderr}`);
  });
  await tally.check('npx speaks MCP on stdio from the packed file', async () => {
    speaks(await npx(['--demo'], conversation()), version);
  });
  await tally.check("the MCP registry's name is in package.json", () => {
    const { mcpName } = json('package.json');
    if (mcpName !== json('server.json').name) throw new Error(`package.json has mcpName ${mcpName}`);
  });
  return tarball;
}

/** The bundle, which the official tool unpacks, and whose server starts as a client would start it. */
export async function checkBundle(tally, { folder, clients }) {
  const bundle = join(folder, 'proxmox-mcp.mcpb');
  const unpacked = join(folder, 'unpacked');
  const build = fileURLToPath(new URL('../packages/mcpb/build.mjs', import.meta.url));
  await tally.check('the MCPB bundle is accepted by the official tool', async () => {
    await must(process.execPath, [build, bundle]);
    await must(process.execPath, [clients.mcpb, 'unpack', bundle, unpacked]);
    await must(process.execPath, [clients.mcpb, 'validate', join(unpacked, 'manifest.json')]);
  });
  await tally.check('the server starts from the unpacked bundle', async () => {
    const { getMcpConfigForManifest } = await import(join(dirname(clients.mcpb), '../index.js'));
    const manifest = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8'));
    const { command, args, env } = await getMcpConfigForManifest({
      manifest,
      extensionPath: unpacked,
      systemDirs: {},
      userConfig: {
        proxmox_url: '127.0.0.1',
        proxmox_user: 'mcp@pve',
        proxmox_password: 'none',
      },
      pathSeparator: '/',
    });
    const blanks = Object.values(env).filter((value) => value.includes('$'));
    if (blanks.length > 0) throw new Error(`not filled in: ${blanks}`);
    const state = { MCP_STATE_DIR: join(folder, 'state') };
    // First as it is set, then on the simulated cluster, where a tool has something to say.
    speaks(
      await run(command, args, { env: { ...env, ...state }, input: conversation('tools/list') }),
      manifest.version,
    );
    speaks(
      await run(command, args, { env: { ...env, ...state, MCP_DEMO: 'true' }, input: conversation() }),
      manifest.version,
    );
  });
}

/** What each client's own tool says of the extension and the plugin. */
export async function checkPlugins(tally, { folder, clients, node }) {
  await tally.check('Gemini CLI validates the extension', async () => {
    const home = join(folder, 'gemini-home');
    mkdirSync(home, { recursive: true });
    const said = await must(process.execPath, [clients.gemini, 'extensions', 'validate', root], {
      env: { HOME: home },
    });
    expectIn(said, 'successfully validated');
  });
  await tally.check('Claude Code validates the plugin and its marketplace', async () => {
    const home = join(folder, 'claude');
    const file = clients.claude;
    const claude = /\.c?js$/.test(file) ? [node, file] : [file];
    for (const what of ['packages/claude-plugin', '.']) {
      const [command, ...args] = [...claude, 'plugin', 'validate', '--strict', join(root, what)];
      expectIn(await must(command, args, { env: { HOME: home } }), 'Validation passed');
    }
  });
}

async function must(command, args, options) {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0)
    throw new Error(`${args.join(' ')} ended with ${code}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  return stdout + stderr;
}

/** Lines for stdin: the handshake, and one question. */
function conversation(method = 'tools/call') {
  const clientInfo = { name: 'e2e', version: '1' };
  const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  const question = method === 'tools/call' ? { name: 'list_nodes', arguments: {} } : {};
  return [
    { id: 1, method: 'initialize', params: hello },
    { method: 'notifications/initialized' },
    { id: 2, method, params: question },
  ]
    .map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    .join('');
}

/** That both questions of the conversation were answered. */
function speaks({ code, stdout, stderr }, version) {
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr.slice(-2000)}`);
  const [hello, answer] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  if (hello?.result?.serverInfo?.version !== version) throw new Error(`unexpected: ${stdout.slice(0, 500)}`);
  const { tools, content } = answer?.result ?? {};
  if (tools !== undefined) expectIn(JSON.stringify(tools), 'list_nodes');
  else expectIn(content?.[0]?.text ?? stdout, '3 nodes, 3 online');
}
