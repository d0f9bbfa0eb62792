// What the shops and clients want to know of this package, each in its own form, from one source: package.json and the
// settings below. `node packages/write.mjs` writes the files; `descriptors()` is what they must hold.
import { readFileSync } from 'node:fs';

const { name, version, license, keywords } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

/** The name in the MCP registry, which package.json must repeat as `mcpName`: so npm vouches for it. */
export const MCP_NAME = 'io.github.proxmox-mcp/proxmox-mcp';
/** As the registry has it (100 characters at most) and everybody shows it. */
const DESCRIPTION =
  'Proxmox VE for your assistant: everyday jobs, the whole API; what is dangerous waits for a person.';
const TITLE = 'Proxmox';
const AUTHOR = { name: 'The proxmox-mcp authors' };
/** Gemini CLI can't cope with underscores in it. */
const SERVER = 'proxmox';

/** What somebody who installs this is asked for. All else has a default that is safe. */
export const ASKED = [
  {
    env: 'PROXMOX_URL',
    title: 'Proxmox server',
    description: 'Where your Proxmox server is: host, host:port or https URL.',
    required: true,
  },
  {
    env: 'PROXMOX_USER',
    title: 'User',
    description: 'Who logs in: user@realm, such as mcp@pve.',
    required: true,
  },
  {
    env: 'PROXMOX_TOKEN_ID',
    title: 'API token',
    description: "The API token's name. Empty: log in with the user's password.",
  },
  {
    env: 'PROXMOX_PASSWORD',
    title: 'Secret',
    description: "The API token's secret, or the password.",
    required: true,
    secret: true,
  },
  {
    env: 'PROXMOX_FINGERPRINT',
    title: 'Certificate fingerprint',
    description: "SHA-256 of the server's certificate, where it is self-signed. Empty: it must be trusted.",
  },
  {
    env: 'MCP_READ_ONLY',
    title: 'Only read',
    description: 'Change nothing, whatever is asked.',
    boolean: true,
  },
];

const npx = { command: 'npx', args: ['-y', `${name}@${version}`] };

/** Every file there is to write, by its path from the root. */
export function descriptors() {
  const files = {
    'server.json': registry(),
    'gemini-extension.json': gemini(),
    'packages/mcpb/manifest.json': mcpb(),
    'packages/claude-plugin/.claude-plugin/plugin.json': claudePlugin(),
    'packages/claude-plugin/.mcp.json': { mcpServers: { [SERVER]: { ...npx, env: userConfigEnv() } } },
    '.claude-plugin/marketplace.json': claudeMarketplace(),
  };
  const texts = Object.entries(files).map(([path, value]) => [path, `${JSON.stringify(value, null, 2)}\n`]);
  return { ...Object.fromEntries(texts), 'packages/install-buttons.md': `${installButtons()}\n` };
}

/** The registry's server.json, schema of 2025-12-11. */
function registry() {
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: MCP_NAME,
    title: TITLE,
    description: DESCRIPTION,
    version,
    packages: [
      {
        registryType: 'npm',
        registryBaseUrl: 'https://registry.npmjs.org',
        identifier: name,
        version,
        runtimeHint: 'npx',
        transport: { type: 'stdio' },
        environmentVariables: ASKED.map(({ env, description, required, secret, boolean }) => ({
          name: env,
          description,
          format: boolean ? 'boolean' : 'string',
          isRequired: required === true,
          isSecret: secret === true,
          ...(boolean && { default: 'false' }),
        })),
      },
    ],
  };
}

/** Gemini CLI asks for the settings when the extension is installed, and keeps the sensitive ones in the keychain. */
function gemini() {
  return {
    name,
    version,
    description: DESCRIPTION,
    mcpServers: { [SERVER]: npx },
    settings: ASKED.map(({ env, title, description, secret }) => ({
      name: title,
      description,
      envVar: env,
      ...(secret && { sensitive: true }),
    })),
  };
}

/** Claude Desktop's bundle, manifest 0.4. It brings the program; Node is the client's. */
function mcpb() {
  return {
    manifest_version: '0.4',
    name,
    display_name: TITLE,
    version,
    description: DESCRIPTION,
    author: AUTHOR,
    license,
    keywords,
    server: {
      type: 'node',
      entry_point: 'server/cli.js',
      mcp_config: {
        command: 'node',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the client puts the folder in its place
        args: ['${__dirname}/server/cli.js'],
        env: userConfigEnv(),
      },
    },
    tools_generated: true,
    user_config: userConfig(),
    compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: '>=20.19' } },
  };
}

function claudePlugin() {
  return {
    name: SERVER,
    version,
    description: DESCRIPTION,
    author: AUTHOR,
    license,
    keywords,
    userConfig: userConfig(),
  };
}

/** The repository is its own shop for Claude Code: `/plugin marketplace add <repository>`. */
function claudeMarketplace() {
  return {
    name,
    description: DESCRIPTION,
    owner: AUTHOR,
    plugins: [{ name: SERVER, source: './packages/claude-plugin', description: DESCRIPTION, version }],
  };
}

/** What the user is asked for, as bundles and Claude Code both have it. Empty defaults, or a blank would not be filled. */
function userConfig() {
  return Object.fromEntries(
    ASKED.map(({ env, title, description, required, secret, boolean }) => [
      keyOf(env),
      {
        type: boolean ? 'boolean' : 'string',
        title,
        description,
        required: required === true,
        ...(secret && { sensitive: true }),
        ...(!required && { default: boolean ? false : '' }),
      },
    ]),
  );
}

function userConfigEnv() {
  return Object.fromEntries(ASKED.map(({ env }) => [env, `\${user_config.${keyOf(env)}}`]));
}

const keyOf = (env) => env.toLowerCase();

/**
 * Buttons for the README. VS Code asks for the settings and keeps the secret; Cursor shows them to be filled in. Both take
 * an https address, because a README's links may have no scheme of their own.
 */
export function installButtons() {
  const inputs = ASKED.filter(({ boolean }) => !boolean).map(({ env, title, description, secret }) => ({
    type: 'promptString',
    id: keyOf(env),
    description: `${title}: ${description}`,
    ...(secret && { password: true }),
  }));
  const env = (value) => Object.fromEntries(inputs.map(({ id }) => [id.toUpperCase(), value(id)]));
  const vscode = { type: 'stdio', ...npx, env: env((id) => `\${input:${id}}`) };
  const cursor = { ...npx, env: env(() => '') };
  const vscodeLink = new URL('https://vscode.dev/redirect/mcp/install');
  vscodeLink.search = new URLSearchParams({
    name: SERVER,
    inputs: JSON.stringify(inputs),
    config: JSON.stringify(vscode),
  })
    .toString()
    .replaceAll('+', '%20');
  const cursorLink = new URL('https://cursor.com/en/install-mcp');
  cursorLink.search = new URLSearchParams({
    name: SERVER,
    config: Buffer.from(JSON.stringify(cursor)).toString('base64'),
  }).toString();
  return [
    `[![Install in VS Code](https://img.shields.io/badge/VS_Code-install-0098FF)](${vscodeLink})`,
    `[![Install in Cursor](https://cursor.com/deeplink/mcp-install-dark.svg)](${cursorLink})`,
  ].join('\n');
}
