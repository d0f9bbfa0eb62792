import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './install.mjs';
import { run, serve } from './programs.mjs';
import { standInModel } from './stand-in-model.mjs';
import { expectIn } from './tally.mjs';

const LAST_WORDS = 'All three nodes are online; stopping web1 waits for you.';
const STOP = { method: 'POST', path: '/nodes/pve1/qemu/100/status/stop' };

/** Prompt -> tool call -> answer with the current Gemini CLI, over every transport that it has. */
export async function checkGemini(tally, { folder, clients, url, stdio }) {
  const ways = {
    'SSE (url)': { url: `${url}/sse`, type: 'sse' },
    'SSE (url, no type)': { url: `${url}/sse` },
    'Streamable HTTP (httpUrl)': { httpUrl: `${url}/mcp` },
    'stdio (command)': stdio,
  };
  for (const [name, way] of Object.entries(ways)) {
    await tally.check(`Gemini CLI over ${name}`, () =>
      converse(clients.gemini, settingsFor(folder, 'gemini', { proxmox: { ...way, trust: true } })),
    );
  }
}

/**
 * The extension, installed by Gemini CLI itself and told of a simulated Proxmox as a user would: its settings reach the
 * server, which npx starts, finding the package beside the work as it would find it in the registry.
 */
export async function checkGeminiExtension(tally, { folder, clients, program, tarball, stateDir }) {
  await tally.check('Gemini CLI installs the extension and uses it', async () => {
    const proxmox = await serve([program, 'simulate'], {});
    const { url, fingerprint, tokenId, tokenSecret } = JSON.parse(proxmox.line);
    const scene = settingsFor(folder, 'extension', {});
    writeFileSync(join(scene.cwd, 'package.json'), '{"private":true}');
    await install(scene.cwd, tarball);
    const source = join(folder, 'extension-source');
    mkdirSync(source);
    const descriptor = fileURLToPath(new URL('../gemini-extension.json', import.meta.url));
    copyFileSync(descriptor, join(source, 'gemini-extension.json'));
    const installing = [clients.gemini, 'extensions', 'install', source, '--consent', '--skip-settings'];
    const trusting = { ...scene.env, GEMINI_CLI_TRUST_WORKSPACE: 'true' };
    const installed = await run(process.execPath, installing, { ...scene, env: trusting });
    expectIn(installed.stdout + installed.stderr, 'installed successfully');
    // Where Gemini CLI keeps the answers to its questions; the secret's own place, the keychain, is not to be had here.
    const answers = {
      PROXMOX_URL: url,
      PROXMOX_USER: tokenId.split('!')[0],
      PROXMOX_TOKEN_ID: tokenId.split('!')[1],
      PROXMOX_PASSWORD: tokenSecret,
      PROXMOX_FINGERPRINT: fingerprint,
    };
    const lines = Object.entries(answers).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(scene.env.HOME, '.gemini/extensions/proxmox-mcp/.env'), lines.join(''));
    const env = { ...scene.env, MCP_STATE_DIR: stateDir };
    await converse(clients.gemini, { ...scene, env }, ['--approval-mode', 'yolo']);
  });
}

async function converse(file, { cwd, env }, flags = []) {
  const model = await standInModel(
    [
      { name: 'mcp_proxmox_list_nodes', args: {} },
      { name: 'mcp_proxmox_proxmox_api_call', args: STOP },
    ],
    LAST_WORDS,
  );
  try {
    // The model is named, because Gemini CLI's router would first ask another one.
    const asking = ['-m', 'gemini-2.5-flash', '-o', 'json', '-p', 'How are my nodes? Then stop web1.'];
    const ended = await run(process.execPath, [file, '--skip-trust', ...flags, ...asking], {
      cwd,
      env: { ...env, GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: model.url },
      seconds: 45,
    });
    if (ended.code !== 0) throw new Error(`gemini ended with ${ended.code}: ${ended.stderr.slice(-2000)}`);
    expectIn(JSON.parse(ended.stdout).response, LAST_WORDS);
    expectIn(model.seen.tools.join(' '), 'mcp_proxmox_list_nodes', 'mcp_proxmox_proxmox_api_call');
    const [nodes, refusal] = model.seen.results.map(({ response }) => JSON.stringify(response));
    expectIn(nodes ?? '', '3 nodes, 3 online', 'pve1', 'pve2', 'pve3');
    // Gemini declares no elicitation: the model is told that a person must approve, and nothing is sent.
    expectIn(refusal ?? '', 'needs_approval', 'nothing was sent', 'proxmox-mcp approve');
  } finally {
    model.close();
  }
}

/**
 * A home and a folder to work in, for Gemini CLI alone. A server with `trust` is used without asking anybody: without it,
 * `-p` hides every tool of a server from the model.
 */
function settingsFor(folder, name, mcpServers) {
  const home = join(folder, `${name}-home`);
  const cwd = join(folder, `${name}-work`);
  mkdirSync(join(home, '.gemini'), { recursive: true });
  mkdirSync(cwd, { recursive: true });
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' } },
    privacy: { usageStatisticsEnabled: false },
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
    mcpServers,
  };
  writeFileSync(join(home, '.gemini/settings.json'), JSON.stringify(settings));
  return { cwd, env: { HOME: home } };
}
