import type { Api } from '../../api/api.ts';
import type { Policy } from '../../api/gate/policy.ts';
import { LiveSchema } from '../../api/live-schema.ts';
import { realClock } from '../../clock.ts';
import type { Config } from '../../config/parse.ts';
import { Access } from '../../pve/access.ts';
import { tools } from '../../tools/all.ts';
import { availableTools } from '../../tools/available.ts';
import { chosenTools } from '../../tools/chosen.ts';
import type { Choice } from '../../tools/toolset.ts';
import { bad, type Finding, good, note } from './finding.ts';

/** What people want done, each by a call that it can't do without. */
const WORK: readonly [work: string, verb: string, path: string][] = [
  ['see guests', 'GET', '/nodes/{node}/qemu/{vmid}/config'],
  ['see nodes', 'GET', '/nodes/{node}/status'],
  ['see storage', 'GET', '/nodes/{node}/storage/{storage}/status'],
  ['start and stop guests', 'POST', '/nodes/{node}/qemu/{vmid}/status/start'],
  ['snapshots', 'POST', '/nodes/{node}/qemu/{vmid}/snapshot'],
  ['backups', 'POST', '/nodes/{node}/vzdump'],
  ['move guests', 'POST', '/nodes/{node}/qemu/{vmid}/migrate'],
  ['reconfigure guests', 'PUT', '/nodes/{node}/qemu/{vmid}/config'],
  ['create guests', 'POST', '/nodes/{node}/qemu'],
  ['run commands in guests', 'POST', '/nodes/{node}/qemu/{vmid}/agent/exec'],
  ['network of nodes', 'PUT', '/nodes/{node}/network/{iface}'],
];

/** What the login may do, toolset by toolset and by kinds of work. */
export async function* privileges(
  api: Api,
  { policy, choice }: Pick<Config, 'policy' | 'choice'>,
  host: string,
): AsyncGenerator<Finding> {
  const access = new Access(api, realClock);
  const held = await access.permissions();
  if (held === undefined) {
    yield bad(
      'privileges',
      'The login may not see its own permissions.',
      'Look at Datacenter > Permissions.',
    );
    return;
  }
  if (Object.values(held).every((on) => Object.keys(on).length === 0)) {
    yield bad('privileges', `${access.who.name} holds none.`, howToGive(access.who.name));
    return;
  }
  const { catalog } = await new LiveSchema({ api, cache: undefined, clock: realClock, host }).get();
  const rights: RightsTo = async (verb, path) => {
    const found = catalog.find(verb, path);
    return found && access.rightsTo(found.method, {});
  };
  yield* toolsets(policy, choice, rights);

  const answers = { yes: [] as string[], unknown: [] as string[], no: [] as string[] };
  const looks: string[] = [];
  for (const [work, verb, path] of WORK) {
    if (policy.readOnly && verb !== 'GET') continue;
    const right = await rights(verb, path);
    if (right === undefined) continue;
    const lacking = right.answer === 'no' ? ` (${right.missing.join('; ')})` : '';
    answers[right.answer].push(`${work}${lacking}`);
    if (right.answer === 'no' && verb === 'GET') looks.push(...right.missing);
  }
  const { yes, unknown, no } = answers;
  if (yes.length > 0) yield good('privileges', `everywhere: ${yes.join(', ')}.`);
  if (unknown.length > 0)
    yield note('privileges', `in some places, or depending on the call: ${unknown.join(', ')}.`);
  if (looks.length > 0) yield bad('privileges', `not: ${no.join(', ')}.`, howToGive(access.who.name));
  else if (no.length > 0)
    yield note(
      'privileges',
      `not: ${no.join(', ')}.`,
      'Nothing to do, unless it is wanted: proxmox-mcp init --level operate or full.',
    );
  if (policy.readOnly)
    yield note('privileges', 'MCP_READ_ONLY: nothing is changed, whatever the login may do.');
}

/** Whether the login may make a call; undefined for one that this server does not know. */
type RightsTo = (verb: string, path: string) => Promise<Awaited<ReturnType<Access['rightsTo']>> | undefined>;

async function* toolsets(policy: Policy, choice: Choice, rights: RightsTo): AsyncGenerator<Finding> {
  const available = availableTools(chosenTools(tools, choice), policy);
  for (const toolset of new Set(tools.map((tool) => tool.toolset))) {
    const listed = available.filter((tool) => tool.toolset === toolset);
    if (listed.length === 0) {
      const why = 'MCP_TOOLSETS, MCP_TOOLS, MCP_READ_ONLY, MCP_ALLOW, MCP_DENY';
      yield note('tools', `${toolset}: none, as the settings have it (${why}).`);
      continue;
    }
    const works: string[] = [];
    for (const { name, needs = [], effect } of listed) {
      const missing: string[] = [];
      for (const call of needs) {
        const [verb = '', path = ''] = call.split(' ');
        const right = await rights(verb, path);
        if (right?.answer === 'no') missing.push(...right.missing);
      }
      if (missing.length === 0) works.push(name);
      else {
        const text = `${toolset}: ${name} can't work without ${missing.join('; ')}.`;
        const hint = 'Give the login that privilege, or run proxmox-mcp init.';
        // Who was given a login that only looks wants no more of it.
        yield effect === 'read' ? bad('tools', text, hint) : note('tools', text, hint);
      }
    }
    if (works.length > 0) yield good('tools', `${toolset}: ${works.join(', ')}.`);
  }
}

/** A separated token may do what both it and its user may. */
function howToGive(who: string): string {
  const [user = who, token] = who.split('!');
  const tokens = token === undefined ? '' : ` --tokens '${who}'`;
  return `On a node: pveum acl modify / --roles PVEAuditor --users ${user}${tokens}${token === undefined ? '' : ' (both: a privilege-separated token may do what it and its user may)'}.`;
}
