import { parseArgs } from 'node:util';
import { type Clock, realClock } from '../../clock.ts';
import { flags, settingOptions } from '../../config/flags.ts';
import { type Config, type ProxmoxConfig, parseConfig } from '../../config/parse.ts';
import type { Sources } from '../../config/read-setting.ts';
import { Failure } from '../../failure.ts';
import type { Colours } from '../colour.ts';
import { isThere, usualFile } from '../init/settings-file.ts';
import { proxmoxClient } from '../proxmox-client.ts';
import { agents } from './agents.ts';
import { endpoint } from './endpoint.ts';
import { badFrom, type Finding, good, note } from './finding.ts';
import { reach } from './network.ts';
import { nodes } from './nodes.ts';
import { privileges } from './privileges.ts';
import { findingText, verdict } from './report.ts';
import { secrecy } from './secrecy.ts';
import { clockOf, login } from './server.ts';
import { state } from './state.ts';

const USAGE = `proxmox-mcp doctor [--env-file …] [--json] [any setting's flag]
Looks whether the server can work with these settings: nothing is changed, no secret is shown. Without settings it takes
the file that proxmox-mcp init writes. Exit code: 0 all is well, 1 something is wrong, 78 the settings themselves are.
`;

const EXIT_CONFIG = 78;

/** Where doctor runs. */
export interface DoctorPlace {
  write(text: string): void;
  environment(envFile: unknown): Omit<Sources, 'flags'>;
  colours: Colours;
}

/**
 * `proxmox-mcp doctor`.
 *
 * @returns the exit code
 * @throws Failure `config` for wrong arguments
 */
export async function doctor(args: string[], place: DoctorPlace, clock: Clock = realClock): Promise<number> {
  const { 'env-file': named, json, help, ...values } = parse(args);
  if (help) {
    place.write(USAGE);
    return 0;
  }
  const findings: Finding[] = [];
  const tell = (finding: Finding) => {
    findings.push(finding);
    if (!json) place.write(findingText(finding, place.colours));
  };
  let isConfigured = false;
  try {
    const file = await settingsFile(named, values, place);
    const sources = place.environment(file);
    const config = parseConfig({ ...sources, flags: flags(values) });
    isConfigured = true;
    tell(good('settings', `They can be read${file === undefined ? '' : ` (${file})`}.`));
    for await (const finding of secrecy(file, sources.env)) tell(finding);
    for await (const finding of examine(config, clock)) tell(finding);
  } catch (error) {
    tell(badFrom(isConfigured ? 'doctor' : 'settings', error));
  }
  const isWell = findings.every((finding) => finding.state !== 'bad');
  place.write(
    json ? `${JSON.stringify({ ok: isWell, findings })}\n` : `\n${verdict(findings, place.colours)}`,
  );
  return isConfigured ? (isWell ? 0 : 1) : EXIT_CONFIG;
}

function parse(args: string[]) {
  try {
    const own = {
      'env-file': { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    const values: Record<string, unknown> = parseArgs({
      args,
      options: { ...settingOptions, ...own },
    }).values;
    return values;
  } catch (error) {
    throw new Failure('config', (error as Error).message, USAGE);
  }
}

/** The file that is named; or init's, where nothing says where Proxmox is. */
async function settingsFile(
  named: unknown,
  values: Readonly<Record<string, unknown>>,
  place: DoctorPlace,
): Promise<string | undefined> {
  if (typeof named === 'string') return named;
  const { env } = place.environment(undefined);
  if (
    values.url !== undefined ||
    values.demo !== undefined ||
    env.PROXMOX_URL ||
    env.PROXMOX_HOST ||
    env.MCP_DEMO
  )
    return undefined;
  const file = usualFile(env);
  return file !== undefined && (await isThere(file)) ? file : undefined;
}

async function* examine(config: Config, clock: Clock): AsyncGenerator<Finding> {
  if (config.proxmox === undefined) yield note('Proxmox', 'A simulated cluster stands in (MCP_DEMO).');
  else yield* proxmoxSide(config, config.proxmox, clock);
  yield* state(config);
  if (config.transport === 'http') yield* endpoint(config, clock);
}

async function* proxmoxSide(config: Config, proxmox: ProxmoxConfig, clock: Clock): AsyncGenerator<Finding> {
  const usable: string[] = [];
  for (const url of proxmox.urls) {
    let isGood = true;
    for await (const finding of reach(url, proxmox, clock.now())) {
      isGood &&= finding.state !== 'bad';
      yield finding;
    }
    if (isGood) usable.push(url);
  }
  if (usable.length === 0) return;
  const client = proxmoxClient({ ...proxmox, urls: usable });
  try {
    yield* clockOf(client, clock.now);
    let isIn = true;
    for await (const finding of login(client, proxmox)) {
      isIn &&= finding.state !== 'bad';
      yield finding;
    }
    if (!isIn) return;
    yield* nodes(client);
    yield* privileges(client, config, usable[0] ?? '');
    yield* agents(client);
  } catch (error) {
    yield badFrom('Proxmox', error);
  } finally {
    await client.close();
  }
}
