import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './programs.mjs';
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
    await tally.check(`Gemini CLI over ${name}`, () => converse(clients.gemini, folder, way));
  }
}

async function converse(file, folder, way) {
  const model = await standInModel(
    [
      { name: 'mcp_proxmox_list_nodes', args: {} },
      { name: 'mcp_proxmox_proxmox_api_call', args: STOP },
    ],
    LAST_WORDS,
  );
  try {
    const args = [
      '-m',
      'gemini-2.5-flash',
      '--skip-trust',
      '-o',
      'json',
      '-p',
      'How are my nodes? Then stop web1.',
    ];
    const ended = await run(process.execPath, [file, ...args], {
      ...scene(folder, way, model.url),
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
 * A home of its own for Gemini CLI. `trust` is the setting in which it asks nobody: without it, `-p` hides every tool of a
 * server from the model. The model is named, because its router would first ask another one.
 */
function scene(folder, way, modelUrl) {
  const home = join(folder, 'gemini-home');
  const cwd = join(folder, 'gemini-work');
  mkdirSync(join(home, '.gemini'), { recursive: true });
  mkdirSync(cwd, { recursive: true });
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' } },
    privacy: { usageStatisticsEnabled: false },
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
    mcpServers: { proxmox: { ...way, trust: true } },
  };
  writeFileSync(join(home, '.gemini/settings.json'), JSON.stringify(settings));
  const env = { HOME: home, GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: modelUrl };
  return { cwd, env };
}
