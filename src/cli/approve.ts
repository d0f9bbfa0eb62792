import { parseArgs } from 'node:util';
import { opens } from '../api/gate/lock.ts';
import type { Decision, Plan, PlanStore } from '../api/gate/plan.ts';
import { planText, planTitle, until } from '../api/gate/plan-text.ts';
import { type Clock, realClock } from '../clock.ts';
import { parseConfig } from '../config/parse.ts';
import type { Sources } from '../config/read-setting.ts';
import { Failure } from '../failure.ts';
import { FilePlans } from '../state/file-plans.ts';
import type { Person } from './person.ts';
import { openStore } from './shared-store.ts';

const USAGE = `proxmox-mcp approve               the plans that wait for a person
proxmox-mcp approve <id>          shows one, and approves it; the first 6 characters of the id are enough
proxmox-mcp approve <id> --no     declines it
Plans are looked for where the server keeps them: --state-dir, MCP_STATE_DIR, MCP_STORE, --env-file.
`;

/** So much of an id must be given. */
const LEAST = 6;

/**
 * `proxmox-mcp approve`: the person at the machine decides about what an assistant wants to do.
 *
 * @throws Failure `config` for wrong arguments; `not_found` and others where nothing could be decided
 */
export async function approve(
  args: string[],
  person: Person,
  environment: (envFile: unknown) => Omit<Sources, 'flags'>,
  clock: Clock = realClock,
): Promise<void> {
  const { id, no, help, stateDir, envFile } = parse(args);
  if (help) return person.write(USAGE);
  // To decide nobody need know where Proxmox is: as for the demo.
  const config = parseConfig({ ...environment(envFile), flags: { demo: 'true', 'state-dir': stateDir } });
  const store = await openStore(config);
  const place = store?.place ?? config.stateDir;
  if (place === undefined)
    throw new Failure(
      'config',
      'Nobody knows where plans are kept: there is no home directory.',
      'Set --state-dir, or MCP_STATE_DIR.',
    );
  const plans = store?.plans ?? new FilePlans({ stateDir: place, clock });
  if (id === undefined) return list(await plans.waiting(), place, clock, person);

  const plan = await find(plans, id, place);
  person.write(`Plan ${plan.id}, until ${until(plan)}:\n${planText(plan, 'whole')}\n`);
  // Plans that were locked stay locked, whatever is set here.
  if (plan.lock !== undefined) await unlock(plan.lock, person);
  const decision = no ? 'declined' : plan.lock !== undefined ? 'approved' : await wordOf(person);
  await decide(plans, plan, decision, clock);
  person.write(
    decision === 'approved'
      ? 'Approved: it can run once. Tell the assistant to make the same call again.\n'
      : 'Declined.\n',
  );
}

function list(waiting: readonly Plan[], place: string, clock: Clock, person: Person): void {
  if (waiting.length === 0) person.write(`No plan waits in ${place}.\n`);
  for (const plan of waiting) {
    const minutes = Math.ceil((plan.expires - clock.now()) / 60_000);
    person.write(`${plan.id}  ${minutes} min left  ${planTitle(plan)}\n`);
  }
}

async function find(plans: PlanStore, id: string, place: string): Promise<Plan> {
  const kept = await plans.get(id);
  if (kept?.decided !== undefined) {
    throw new Failure(
      'wrong_state',
      `Plan ${id} was ${kept.decided.decision} already.`,
      'Nothing is left to do.',
    );
  }
  if (kept !== undefined) return kept.plan;
  const [found, ...others] =
    id.length < LEAST ? [] : (await plans.waiting()).filter((plan) => plan.id.startsWith(id));
  if (found !== undefined && others.length === 0) return found;
  const problem =
    found === undefined
      ? `No plan ${JSON.stringify(id)} waits in ${place}: it ran, its time is over, or there never was one.`
      : `More than one plan begins with ${id}.`;
  throw new Failure('not_found', problem, '`proxmox-mcp approve` lists those that wait.');
}

async function unlock(lock: string, person: Person): Promise<void> {
  const secret = await person.secret("The operator's secret: ");
  if (await opens(lock, secret)) return;
  throw new Failure(
    'not_allowed',
    'That is not the secret. Nothing was decided.',
    'It is MCP_APPROVE_SECRET of the server.',
  );
}

/** Without a terminal there is nobody to ask: whoever typed the id has said it. */
async function wordOf(person: Person): Promise<Decision> {
  if (!person.isAtTerminal) return 'approved';
  const word = (await person.ask('Approve this? It runs once. [y/N] ')).trim().toLowerCase();
  if (word === 'y' || word === 'yes') return 'approved';
  if (word === 'n' || word === 'no') return 'declined';
  throw new Failure(
    'cancelled',
    'Nothing was decided.',
    'The plan still waits: y approves it, n declines it.',
  );
}

async function decide(plans: PlanStore, { id }: Plan, decision: Decision, clock: Clock): Promise<void> {
  if (await plans.decide(id, { decision, by: 'command', at: clock.now() })) return;
  throw new Failure('wrong_state', `Plan ${id} was decided or expired meanwhile.`, 'Nothing is left to do.');
}

function parse(args: string[]) {
  try {
    const string = { type: 'string' } as const;
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        no: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        'state-dir': string,
        'env-file': string,
      },
    });
    if (positionals.length > 1) throw new Error('One plan at a time.');
    if (values.no && positionals.length === 0) throw new Error('--no needs the id of a plan.');
    const { no = false, help = false, 'state-dir': stateDir, 'env-file': envFile } = values;
    return { id: positionals[0]?.toLowerCase(), no, help, stateDir, envFile };
  } catch (error) {
    throw new Failure('config', (error as Error).message, 'proxmox-mcp approve --help shows how it is used.');
  }
}
