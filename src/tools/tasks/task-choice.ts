import { Failure } from '../../failure.ts';
import { Sight } from '../../pve/sight.ts';
import { parseUpid, type Upid } from '../../pve/upid.ts';
import { line } from '../../render/untrusted.ts';
import type { ToolContext } from '../tool.ts';
import { askedGuest, askedTypes } from './asked-tasks.ts';
import { findTasks } from './find-tasks.ts';

/** How far back the newest task of a kind is looked for, in seconds. */
const REACH = 60 * 86_400;

/** The task that was meant, and the guest, where one was given. */
export interface ChosenTask {
  task: Upid;
  vmid?: number;
  /** What could not be searched for it. */
  unseen: string[];
}

export interface Asked {
  upid?: string | undefined;
  guest?: string | undefined;
  type?: string | undefined;
  failed?: boolean | undefined;
}

/**
 * The task with this UPID, or the newest one of a guest, of a type, or that failed.
 *
 * @throws Failure `invalid_argument` where nothing says which; `not_found` where there is none
 */
export async function chosenTask(
  { upid, guest, type, failed }: Asked,
  context: ToolContext,
): Promise<ChosenTask> {
  const who = guest === undefined ? undefined : await askedGuest(guest, context);
  if (upid !== undefined) return { task: parseUpid(upid.trim()), unseen: [], ...(who && { vmid: who.vmid }) };
  if (who === undefined && type === undefined && failed !== true)
    throw new Failure(
      'invalid_argument',
      'Which task?',
      'Give upid, or guest, type or failed=true for the newest such task. list_tasks lists them.',
    );
  const sight = new Sight();
  const since = Math.floor(context.clock.now() / 1000) - REACH;
  const { tasks, notSearched } = await findTasks(
    {
      ...{ limit: 1, since },
      ...(who && { vmid: who.vmid, ...(who.home !== undefined && { home: who.home }) }),
      ...(type !== undefined && { types: askedTypes(type) }),
      ...(failed === true && { state: 'failed' as const }),
    },
    sight,
    context,
  );
  const unseen = [...sight.unseen, ...notSearched].map((text) => line(text));
  const [task] = tasks;
  if (task) return { task, unseen, ...(who && { vmid: who.vmid }) };
  const what = [failed && 'failed', type, 'task', who && `of guest ${who.name}`].filter(Boolean).join(' ');
  throw new Failure(
    'not_found',
    line(`There is no ${what} in the last 60 days that this login may see.`),
    [`list_tasks with since looks further back.`, ...unseen.map((text) => `Not seen: ${text}.`)].join(' '),
  );
}
