import { expect, test } from 'vitest';
import { narrow, readNarrowing } from './narrow.ts';

const GIB = 2 ** 30;
const guests = [
  { vmid: 100, name: 'web1', status: 'running', mem: 2 * GIB, tags: 'prod;web', disk: { size: 10 } },
  { vmid: 101, name: 'Web2', status: 'stopped', mem: 0, template: 1 },
  { vmid: 102, name: 'db', status: 'running', mem: 512 * 2 ** 20, lock: 'backup' },
];

/** The VMIDs that are left. */
function left(filter: string): number[] {
  const { data } = narrow(guests, readNarrowing({ filter }));
  return (data as { vmid: number }[]).map(({ vmid }) => vmid);
}

test.each([
  ['status=running', [100, 102]],
  ['status != running', [101]],
  ['STATUS=running', []],
  ['status=RUNNING', [100, 102]],
  ['name~web', [100, 101]],
  ['name~web, status=running', [100]],
  ['mem>1G', [100]],
  ['mem>=512MiB', [100, 102]],
  ['mem<1k', [101]],
  ['vmid<=101', [100, 101]],
  ['template=1', [101]],
  ['template=true', [101]],
  ['template=0', [100, 102]],
  ['lock=', [100, 101]],
  ['lock!=', [102]],
  ['disk.size=10', [100]],
  ['disk~size', [100]],
  ['backup', [102]],
  ['PROD', [100]],
  ['status==running, name=~DB', [102]],
  ['', [100, 101, 102]],
  [',', [100, 101, 102]],
])('%j leaves %j', (filter, vmids) => {
  expect(left(filter)).toEqual(vmids);
});

test('a comparison with something that is no number is refused', () => {
  expect(() => readNarrowing({ filter: 'mem>much' })).toThrowError(
    expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining('"much"') }),
  );
});

test('fields are kept in the order asked for, inner ones too', () => {
  const narrowing = readNarrowing({ fields: 'name, vmid disk.size' });
  expect(narrow(guests, narrowing).data).toEqual([
    { name: 'web1', vmid: 100, 'disk.size': 10 },
    { name: 'Web2', vmid: 101 },
    { name: 'db', vmid: 102 },
  ]);
});

test('rows are counted before and after', () => {
  const { data, rows } = narrow(guests, readNarrowing({ filter: 'status=running', limit: 1 }));
  expect(rows).toEqual({ all: 3, matched: 2, shown: 1 });
  expect(data).toEqual([guests[0]]);
});

test('names that no row has are told, with the known ones', () => {
  const { notes } = narrow(guests, readNarrowing({ fields: 'vmid,memory', filter: 'state=running' }));
  expect(notes).toEqual([
    'Nothing here has memory, state; known: disk, lock, mem, name, status, tags, template, vmid.',
  ]);
});

test('an object of objects is a list by name', () => {
  const permissions = { '/': { 'Sys.Audit': 1 }, '/vms/100': { 'VM.Audit': 1, 'VM.Console': 1 } };
  const { data } = narrow(permissions, readNarrowing({ filter: 'VMS', fields: 'VM.Audit' }));
  expect(data).toEqual({ '/vms/100': { 'VM.Audit': 1 } });
});

test('of one object fields are kept, and there is nothing to filter', () => {
  const config = { cores: 2, memory: '2048', net0: 'virtio' };
  const { data, rows, notes } = narrow(config, readNarrowing({ fields: 'cores,net0', filter: 'cores=2' }));
  expect(data).toEqual({ cores: 2, net0: 'virtio' });
  expect(rows).toBeUndefined();
  expect(notes).toEqual(['filter and limit are for lists; of this answer, fields chooses.']);
});

test('items that are no rows are filtered by their text', () => {
  const { data } = narrow(['sda', 'sdb', 'nvme0n1'], readNarrowing({ filter: 'sd', fields: 'name' }));
  expect(data).toEqual(['sda', 'sdb']);
});

test('names that every object has are names like any other', () => {
  const rows = [JSON.parse('{"__proto__": "a", "constructor": "b"}'), { x: 1 }];
  expect(narrow(rows, readNarrowing({ filter: 'constructor=b' })).data).toEqual([rows[0]]);
  expect(narrow(rows, readNarrowing({ filter: 'toString~native' })).data).toEqual([]);
  const { data } = narrow(rows, readNarrowing({ fields: '__proto__,x' }));
  expect(JSON.stringify(data)).toBe('[{"__proto__":"a"},{"x":1}]');
});

test('the first rows are the same ones, however Proxmox shuffles them; what comes in an order keeps it', () => {
  const first = (rows: object[]) => narrow(rows, readNarrowing({ limit: 2 })).data;
  const nodes = [{ node: 'c' }, { node: 'a' }, { node: 'b' }];
  expect(first(nodes)).toEqual([{ node: 'a' }, { node: 'b' }]);
  const vms = [{ vmid: 1000 }, { vmid: 101 }, { vmid: 99 }];
  expect(first(vms)).toEqual([{ vmid: 99 }, { vmid: 101 }]);
  const tasks = [
    { id: '9', upid: 'b' },
    { id: '1', upid: 'a' },
  ];
  expect(first(tasks)).toEqual(tasks);
});
