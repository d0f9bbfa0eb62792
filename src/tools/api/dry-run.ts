import * as z from 'zod';
import { redacted } from '../../api/gate/redact.ts';
import type { Verdict } from '../../api/gate/verdict.ts';
import type { Failure } from '../../failure.ts';
import { taskMeaning } from '../../pve/task-types.ts';
import { line } from '../../render/untrusted.ts';
import { beginsTask } from '../../schema/begins-task.ts';
import { privilegeWords } from '../../schema/privileges.ts';
import { workers } from '../../schema/workers.ts';
import type { ToolContext } from '../tool.ts';
import type { AskedCall } from './asked-call.ts';
import { problemOf } from './check-call.ts';
import { guestOf, offlineNode } from './places.ts';
import { rightsText } from './rights-text.ts';

/** How many guests are named: the rest are counted. */
const MAX_GUESTS = 10;

/** What would become of a call, as data. */
export const dryRunShape = z.object({
  effect: z.enum(['read', 'change', 'danger']),
  because: z.string().optional(),
  params: z.record(z.string(), z.unknown()),
  guests: z.array(z.string()),
  privilege: z.string().optional(),
  task: z.string().optional(),
  forbidden: z.string().optional(),
  needs_approval: z.boolean(),
  problem: z.string().optional(),
});

type DryRun = z.infer<typeof dryRunShape>;

/** The exact request, what it does and what stands in its way. Reads where that is needed, and sends nothing else. */
export async function dryRun(call: AskedCall, context: ToolContext): Promise<{ text: string; data: DryRun }> {
  const { verb, path, params, sent } = call;
  const { api } = context.pve;
  const problem = (await problemOf(call, context)) ?? (await offlineNode(call, context));
  const verdict = await api.judge(verb, path, params);
  const request = api.wire(verb, path, params);
  const [target = ''] = request.path.split('?');
  const shown = redacted(sent.params);
  const data: DryRun = {
    effect: verdict?.effect ?? 'danger',
    ...(verdict?.because !== undefined && { because: verdict.because }),
    params: shown,
    guests: await guestsOf(call, verdict, context),
    ...(await privilegeOf(call, context)),
    ...taskOf(call),
    ...(verdict?.refused && { forbidden: sentences(verdict.refused) }),
    needs_approval: verdict?.needsApproval ?? false,
    ...(problem && { problem: sentences(problem) }),
  };
  const head = `DRY RUN, nothing was sent: ${verb} ${line(target, 500)}`;
  const values = Object.entries(shown).flatMap(([name, value]) =>
    [value].flat().map((one) => `  ${line(name, 60)}=${line(one, 300)}`),
  );
  const carrier = values.length === 0 ? [] : [`${request.body === undefined ? 'query' : 'body'}:`, ...values];
  return { text: [head, ...carrier, ...linesOf(data)].join('\n'), data };
}

function linesOf(data: DryRun): string[] {
  const { effect, because, guests, privilege, task, forbidden, needs_approval, problem } = data;
  return [
    `effect: ${effect}${because === undefined ? '' : `, ${because}`}`,
    ...(guests.length > 0 ? [`guests: ${guests.join('; ')}`] : []),
    ...(privilege === undefined ? [] : [`privilege: ${privilege}`]),
    ...(task === undefined ? [] : [`task: ${task}`]),
    forbidden === undefined
      ? `approval: ${needs_approval ? 'a person must approve it first' : 'none needed'}`
      : `forbidden by the settings: ${forbidden}`,
    ...(problem === undefined ? [] : [`PROBLEM: ${problem}`]),
  ];
}

/** Those that the gate looked up, else the one in the path. */
async function guestsOf(
  call: AskedCall,
  verdict: Verdict | undefined,
  context: ToolContext,
): Promise<string[]> {
  const touched = verdict?.guests ?? [];
  const guests = touched.length > 0 ? touched : [await guestOf(call, context)];
  const told = guests.slice(0, MAX_GUESTS).flatMap((guest) => {
    if (guest === undefined) return [];
    // Its status is left out: the list that it comes from lags by up to 10 s.
    const { vmid, name = '', type, node } = guest;
    return [line(`${vmid} ${name} (${type} on ${node})`, 150)];
  });
  if (guests.length > MAX_GUESTS) told.push(`and ${guests.length - MAX_GUESTS} more`);
  return verdict?.unread ? [...told, 'perhaps others: the cluster does not list its guests'] : told;
}

/** `VM.PowerMgmt on /vms/100 (this login: yes)` */
async function privilegeOf(
  { found, sent }: AskedCall,
  { pve }: ToolContext,
): Promise<{ privilege: string } | undefined> {
  if (found === undefined || pve.api.product.name !== 'pve') return undefined;
  const params = { ...found.pathParams, ...sent.params };
  const rights = await pve.access.rightsTo(found.method, params, { complete: true });
  const privilege = privilegeWords(found.method, params);
  return { privilege: line(`${privilege}${rightsText(privilege, rights)}`, 600) };
}

/** `begins qmstart (start a VM) or hastart (ask HA to start)` */
function taskOf({ found }: AskedCall): { task: string } | undefined {
  const begins = found && beginsTask(found.method);
  if (!found || !begins) return undefined;
  const known = workers[`${found.method.method} ${found.method.path}`]?.split(' ').slice(0, -1) ?? [];
  const types = known.map((type) => {
    const meaning = taskMeaning(type);
    return meaning === undefined ? type : `${type} (${meaning})`;
  });
  return { task: `${begins === 'always' ? 'begins' : 'may begin'} ${types.join(' or ') || 'one'}` };
}

function sentences({ message, hint }: Failure): string {
  return line(`${message.replace(/^Nothing was sent: | Nothing was sent\.$/, '')} ${hint}`, 1_500);
}
