import { type Call, Reply, type Routes } from '../../call.ts';
import { nodeOf } from '../find.ts';

interface Entry {
  time: number;
  line: string;
  service: string;
}

/** The journal as text: the boot, then what the tasks of this node say. */
function journal(call: Call): Entry[] {
  const node = nodeOf(call);
  const boot = Math.floor(node.bootedAt / 1000);
  const lines = [
    { time: boot, service: 'systemd-journald', line: 'systemd-journald[712]: Journal started' },
    {
      ...{ time: boot + 9, service: 'pve-cluster' },
      line: 'pmxcfs[1391]: [status] notice: update cluster info (cluster version = 3)',
    },
    { time: boot + 14, service: 'pvedaemon', line: 'pvedaemon[1612]: starting server' },
    { time: boot + 16, service: 'pveproxy', line: 'pveproxy[1640]: starting server' },
  ];
  for (const task of call.world.tasks.of(node.name)) {
    const who = `pvedaemon[${task.pid - 1}]: <${task.authid}>`;
    lines.push({ time: task.starttime, service: 'pvedaemon', line: `${who} starting task ${task.upid}` });
    if (task.endtime === undefined) continue;
    const line = `${who} end task ${task.upid} ${task.exitstatus}`;
    lines.push({ time: task.endtime, service: 'pvedaemon', line });
  }
  return lines.sort((a, b) => a.time - b.time);
}

const stamp = (seconds: number) => {
  const text = new Date(seconds * 1000).toUTCString();
  return `${text.slice(8, 11)} ${text.slice(5, 7)} ${text.slice(17, 25)}`;
};

function moment(text: unknown, fallback: number): number {
  return text === undefined ? fallback : Date.parse(`${String(text).replace(' ', 'T')}Z`) / 1000;
}

function syslog(call: Call): Reply {
  const { params } = call;
  const [from, to] = [moment(params.since, 0), moment(params.until, Number.POSITIVE_INFINITY)];
  const lines = journal(call)
    .filter(({ time }) => time >= from && time <= to)
    .filter(({ service }) => params.service === undefined || service === params.service)
    .map(({ time, line }) => `${stamp(time)} ${params.node} ${line}`);
  const start = params.start ?? 0;
  const page = lines.slice(start, start + (params.limit ?? 50));
  const data = page.map((t, index) => ({ n: start + index + 1, t }));
  return new Reply(data.length === 0 && start === 0 ? [{ n: 1, t: 'no content' }] : data, {
    total: lines.length,
  });
}

/** `GET …/journal`: first a cursor, then the lines, then another cursor; always compressed (recorded on PVE 9.2). */
function readJournal(call: Call): Reply {
  const { params } = call;
  const from = params.since ?? 0;
  const to = params.until ?? Number.POSITIVE_INFINITY;
  const all = journal(call).filter(({ time }) => time >= from && time <= to);
  const page = params.lastentries === undefined ? all : all.slice(-params.lastentries);
  const cursor = (entry: Entry | undefined) => `s=${call.params.node};t=${entry?.time.toString(16) ?? 0}`;
  const lines = page.map(({ time, line }) => `${stamp(time)} ${params.node} ${line}`);
  const data = [cursor(page[0]), ...lines, cursor(page.at(-1))];
  const body = JSON.stringify({ data, success: 1 });
  return new Reply(null, { text: { contentType: 'application/json', body, compressed: true } });
}

export const nodeJournalRoutes: Routes = {
  'GET /nodes/{node}/syslog': syslog,
  'GET /nodes/{node}/journal': readJournal,
};
