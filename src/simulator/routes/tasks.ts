import { ApiError, type Call, type Principal, parameterErrors, Reply, type Routes } from '../call.ts';
import type { Task } from '../world/tasks.ts';
import { readUpid } from '../world/upid.ts';
import { forbidden } from './find.ts';

type Status = 'ok' | 'warning' | 'error' | 'unknown';

function statusType(task: Task): Status {
  if (task.exitstatus === undefined) return 'unknown';
  if (task.exitstatus === 'OK') return 'ok';
  return task.exitstatus.startsWith('WARNINGS: ') ? 'warning' : 'error';
}

/** A token sees its own tasks only; a user also those of the user's tokens. */
function owns(principal: Principal, owner: { authid: string }): boolean {
  if (principal.authid === owner.authid) return true;
  return principal.tokenid === undefined && owner.authid.startsWith(`${principal.userid}!`);
}

/** Who started it, as a finished task shows it: user and token apart. */
function owner(task: { userid: string; tokenid: string | undefined }) {
  return task.tokenid === undefined ? { user: task.userid } : { user: task.userid, tokenid: task.tokenid };
}

function archived(task: Task) {
  const { upid, node, pid, pstart, starttime, endtime, type, id, exitstatus } = task;
  return { upid, node, pid, pstart, starttime, endtime, type, id, ...owner(task), status: exitstatus };
}

/** A running task shows its owner in one piece (recorded on PVE 9.2). */
function active(task: Task) {
  const { upid, node, pid, pstart, starttime, type, id, authid } = task;
  return { upid, node, pid, pstart, starttime, type, id, user: authid, saved: '0', status: 'RUNNING' };
}

const newestFirst = (tasks: readonly Task[]) =>
  tasks.toSorted((a, b) => (b.endtime ?? b.starttime) - (a.endtime ?? a.starttime) || b.pid - a.pid);

function listTasks({ world, params, principal }: Call): Reply {
  const { userfilter, typefilter, vmid, since, until } = params;
  const auditor = principal.may(`/nodes/${params.node}`, 'Sys.Audit');
  const statuses = new Set<string>(
    params.errors
      ? ['warning', 'error', 'unknown']
      : (params.statusfilter?.toLowerCase().split(/[,;\s]+/) ?? ['ok', 'warning', 'error', 'unknown']),
  );
  const matches = (task: Task) =>
    (auditor || owns(principal, task)) &&
    (!userfilter || shownUser(task).toLowerCase().includes(String(userfilter).toLowerCase())) &&
    (!typefilter || task.type === typefilter) &&
    (!vmid || task.id === String(vmid)) &&
    (since === undefined || task.starttime >= since) &&
    (until === undefined || task.starttime <= until) &&
    statuses.has(statusType(task));
  const source = params.source ?? 'archive';
  const all = world.tasks.of(params.node).filter(matches);
  const running = source === 'archive' ? [] : all.filter((task) => task.exitstatus === undefined).reverse();
  const done = source === 'active' ? [] : newestFirst(all.filter((task) => task.exitstatus !== undefined));
  const found = [...running, ...done];
  const start = params.start ?? 0;
  const page = found.slice(start, start + (params.limit ?? 50));
  return new Reply(
    page.map((task) => (task.exitstatus === undefined ? active(task) : archived(task))),
    { total: found.length },
  );
}

const shownUser = (task: Task) => (task.exitstatus === undefined ? task.authid : task.userid);

/** Reads the UPID of the path and checks that the caller may see (or stop) that task. */
function upidOf(
  { params, principal }: Call,
  privilege: 'Sys.Audit' | 'Sys.Modify',
  task: Task | undefined,
): void {
  const parts = readUpid(params.upid);
  if (!parts) throw parameterErrors({ upid: 'unable to parse worker upid' });
  if (privilege === 'Sys.Modify' && !task) throw parameterErrors({ upid: 'no such task' });
  if (owns(principal, parts) || principal.may(`/nodes/${params.node}`, privilege)) return;
  throw forbidden(`/nodes/${params.node}`, privilege);
}

const find = ({ world, params }: Call): Task | undefined => {
  const task = world.tasks.get(params.upid);
  return task?.node === params.node ? task : undefined;
};

function taskLog(call: Call): Reply {
  const { params } = call;
  const task = find(call);
  upidOf(call, 'Sys.Audit', task);
  if (params.download) {
    if (params.start !== undefined || params.limit !== undefined) {
      throw new ApiError(500, `'download' cannot be used together with 'start' or 'limit' parameters`);
    }
    if (!task) throw new ApiError(500, `Could not open file - No such file or directory`);
    const time = new Date(task.starttime * 1000).toISOString().slice(0, 19);
    const filename = `task-${task.node}-${task.type}-${time}Z.log`;
    const body = task.log.map((line) => `${line}\n`).join('');
    return new Reply(null, { text: { contentType: 'text/plain', filename, body } });
  }
  if (!task) {
    return new Reply([{ n: 1, t: 'unable to open file - No such file or directory' }], { total: 1 });
  }
  if (task.log.length === 0) return new Reply([{ n: 1, t: 'no content' }], { total: 1 });
  const start = params.start ?? 0;
  const limit = params.limit ?? 50;
  const lines = task.log.slice(start, limit === 0 ? undefined : start + limit);
  return new Reply(
    lines.map((t, index) => ({ n: start + index + 1, t })),
    { total: task.log.length },
  );
}

function taskStatus(call: Call) {
  const task = find(call);
  if (readUpid(call.params.upid) && !task) throw parameterErrors({ upid: 'no such task' });
  upidOf(call, 'Sys.Audit', task);
  const { upid, node, pid, pstart, starttime, type, id, exitstatus } = task as Task;
  const status = exitstatus === undefined ? { status: 'running' } : { status: 'stopped', exitstatus };
  return { upid, node, pid, pstart, starttime, type, id, ...owner(task as Task), ...status };
}

/** How many finished tasks a node tells the cluster about. */
const broadcast = 25;

/** `GET /cluster/tasks`. The user of a token's task is compared as the user, so a token never finds its own here. */
function clusterTasks({ world, principal }: Call) {
  const all = principal.may('/', 'Sys.Audit');
  const tasks = [...world.nodes.values()]
    .filter((node) => node.online)
    .flatMap((node) => {
      const list = world.tasks.of(node.name);
      const running = list.filter((task) => task.exitstatus === undefined);
      return [...running, ...list.filter((task) => task.exitstatus !== undefined).slice(-broadcast)];
    })
    .filter((task) => all || task.userid === principal.authid);
  return tasks
    .sort((a, b) => b.starttime - a.starttime || b.pid - a.pid)
    .map((task) => {
      const { upid, node, pid, pstart, starttime, endtime, type, id, exitstatus } = task;
      const base = { upid, node, starttime, type, id, ...owner(task) };
      if (exitstatus === undefined) return { ...base, pid, pstart, saved: '0' };
      return { ...base, endtime, status: exitstatus, saved: '1' };
    });
}

export const taskRoutes: Routes = {
  'GET /nodes/{node}/tasks': listTasks,
  'GET /nodes/{node}/tasks/{upid}': () => [{ name: 'log' }, { name: 'status' }],
  'GET /nodes/{node}/tasks/{upid}/status': taskStatus,
  'GET /nodes/{node}/tasks/{upid}/log': taskLog,
  'DELETE /nodes/{node}/tasks/{upid}': (call) => {
    upidOf(call, 'Sys.Modify', find(call));
    call.world.tasks.stop(call.params.upid);
    return null;
  },
  'GET /cluster/tasks': clusterTasks,
};
