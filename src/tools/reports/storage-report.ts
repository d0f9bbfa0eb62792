import * as z from 'zod';
import { Failure } from '../../failure.ts';
import type { Resource } from '../../pve/resources.ts';
import { Sight } from '../../pve/sight.ts';
import { table } from '../../render/table.ts';
import { bytes, percent, time } from '../../render/units.ts';
import { fence, line } from '../../render/untrusted.ts';
import { words } from '../arguments.ts';
import { andMore, detail, firstOf, within } from '../detail.ts';
import { bySeverity, countText, findingData, findingShape, findingText, many } from '../findings.ts';
import { defineTool } from '../tool.ts';
import { readStorages, type StorageFacts } from './storage-facts.ts';
import { type StorageState, storageFindings } from './storage-findings.ts';
import { bytesOf, WASTE, type Waste, wasteOf } from './storage-waste.ts';

const SHOWN = 20;
const DAY = 86_400;
const BRIEF = { guests: 200, missing: 50, growth: 40 };
const FULL = { guests: 1_000, missing: 200, growth: 200 };
const text = z.string();
const amount = z.number();

export const storageReport = defineTool({
  name: 'storage_report',
  title: 'Storage',
  toolset: 'reports',
  effect: 'read',
  needs: ['GET /nodes/{node}/storage/{storage}/content'],
  description:
    'Storage fill, growth, days to full; what wastes space: orphaned and unused disks, old ISOs and snapshots, backups of deleted guests.',
  input: z.strictObject({ storage: words('storage').optional(), detail: detail() }),
  output: z.object({
    freeable: amount.describe('bytes at most'),
    findings: z.array(findingShape),
    storages: z
      .array(
        z.object({
          ...{ storage: text, node: text.optional(), type: text.optional(), used: amount.optional() },
          ...{ total: amount.optional(), perDay: amount.optional(), fullInDays: amount.optional() },
          provisioned: amount,
        }),
      )
      .describe('bytes'),
    waste: z.array(
      z.object({
        ...{ kind: z.enum(WASTE), volid: text, node: text.optional(), vmid: amount.optional() },
        ...{ bytes: amount, ctime: amount.optional(), protected: z.boolean().optional() },
      }),
    ),
    guests: z.object({ withDisks: amount, lookedInto: amount }),
    calls: amount,
    unseen: z.array(text),
  }),
  example: {},
  async run({ storage, detail: wanted }, context) {
    const { pve, clock, signal } = context;
    const sight = new Sight();
    const resources = await pve.resources.list(undefined, { signal });
    const only = storage === undefined ? undefined : askedStorage(storage, resources);
    const facts = await readStorages(resources, only, wanted === 'full' ? FULL : BRIEF, sight, context);
    const now = clock.now() / 1000;
    const waste = wasteOf(facts, now).sort(
      (a, b) => WASTE.indexOf(a.kind) - WASTE.indexOf(b.kind) || bytesOf(b.volume) - bytesOf(a.volume),
    );
    const states = statesOf(facts);
    const old = facts.snapshots.flatMap(({ snaptime, ...one }) =>
      snaptime !== undefined && now - snaptime > 30 * DAY ? [{ ...one, snaptime }] : [],
    );
    const findings = bySeverity(storageFindings(states, waste, old, now));
    const freeable = waste.reduce((sum, { volume }) => sum + (volume.protected ? 0 : bytesOf(volume)), 0);
    const unseen = sight.unseen.map((reason) => line(reason));
    const lookedInto = facts.guests.length;
    const shown = firstOf(findings, SHOWN, wanted);
    const stateRows = firstOf(states, SHOWN, wanted);
    const wasteRows = firstOf(waste, SHOWN, wanted);
    const free = freeable > 0 ? `; up to ${bytes(freeable)} could be freed` : '';
    const parts = [
      `${many(states, 'storage')}: ${countText(findings)}${free}`,
      ...shown.shown.map(findingText),
      andMore(shown.more, wanted),
      ...unseen.map((reason) => `Not seen: ${reason}`),
      stateRows.shown.length > 0 && fence('Proxmox', stateTable(stateRows.shown)),
      andMore(stateRows.more, wanted),
      wasteRows.shown.length > 0 && fence('Proxmox', wasteTable(wasteRows.shown)),
      andMore(wasteRows.more, wanted),
      `Looked into ${lookedInto} of ${facts.owners} guests with disks there, in ${facts.calls} API calls.`,
    ];
    return within(wanted, parts, {
      ...{ freeable, findings: findings.map(findingData), storages: states.map(stateData) },
      ...{
        waste: waste.map(wasteData),
        guests: { withDisks: facts.owners, lookedInto },
        calls: facts.calls,
        unseen,
      },
    });
  },
});

/** @throws Failure `not_found` where no node has that storage */
function askedStorage(storage: string, resources: readonly Resource[]): string {
  const known = new Set(resources.flatMap(({ type, name }) => (type === 'storage' && name ? name : [])));
  const wanted = storage.trim();
  const found = known.has(wanted)
    ? wanted
    : [...known].find((one) => one.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  const names = [...known].sort();
  throw new Failure(
    'not_found',
    `There is no storage ${wanted} that this login may see.`,
    names.length > 0
      ? `The storages are: ${names.join(', ')}.`
      : 'It sees none: that takes Datastore.Audit on /storage.',
  );
}

/** The fullest first. */
function statesOf({ places, growth }: StorageFacts): StorageState[] {
  const share = ({ used = 0, total = 0 }: StorageState) => (total > 0 ? used / total : 0);
  return places
    .map(({ place, volumes }) => ({
      ...place,
      growth: growth.get(place),
      provisioned: volumes
        .filter(({ content }) => content === 'images' || content === 'rootdir')
        .reduce((sum, { size }) => sum + size, 0),
    }))
    .sort((a, b) => share(b) - share(a) || (`${a.storage} ${a.node}` < `${b.storage} ${b.node}` ? -1 : 1));
}

function stateTable(states: readonly StorageState[]): string {
  return table(
    [
      { head: 'storage', cell: ({ storage }) => storage },
      { head: 'node', cell: ({ node, shared }) => (shared ? 'shared' : node) },
      { head: 'type', cell: ({ type }) => type },
      { head: 'used', cell: ({ used }) => (used === undefined ? undefined : bytes(used)) },
      { head: 'of', cell: ({ total }) => (total === undefined ? undefined : bytes(total)) },
      {
        head: 'fill',
        cell: ({ used, total }) => (used !== undefined && total ? percent(used / total) : undefined),
      },
      {
        head: 'per day',
        cell: ({ growth }) => growth && `${growth.perDay > 0 ? '+' : ''}${bytes(growth.perDay)}`,
      },
      {
        head: 'full in',
        cell: ({ growth }) => (growth?.fullIn !== undefined && `${Math.round(growth.fullIn)} d`) || undefined,
      },
      { head: 'promised', cell: ({ provisioned }) => (provisioned > 0 ? bytes(provisioned) : undefined) },
    ],
    states,
  );
}

function wasteTable(waste: readonly Waste[]): string {
  return table(
    [
      { head: 'kind', cell: ({ kind }) => kind },
      { head: 'volume', cell: ({ volume }) => volume.volid },
      { head: 'node', cell: ({ place }) => (place.shared ? 'shared' : place.node) },
      { head: 'bytes', cell: ({ volume }) => bytes(bytesOf(volume)) },
      {
        head: 'since',
        cell: ({ volume: { ctime } }) => (ctime === undefined ? undefined : time(ctime).slice(0, 10)),
      },
    ],
    waste,
  );
}

function stateData({ storage, node, shared, type, used, total, growth, provisioned }: StorageState) {
  return {
    storage: line(storage),
    ...(!shared && { node }),
    ...(type !== undefined && { type }),
    ...(used !== undefined && { used }),
    ...(total !== undefined && { total }),
    ...(growth && { perDay: growth.perDay }),
    ...(growth?.fullIn !== undefined && { fullInDays: growth.fullIn }),
    provisioned,
  };
}

function wasteData({ kind, volume, place }: Waste) {
  const { volid, vmid, ctime } = volume;
  return {
    ...{ kind, volid: line(volid), bytes: bytesOf(volume) },
    ...(!place.shared && { node: place.node }),
    ...(vmid !== undefined && { vmid }),
    ...(ctime !== undefined && { ctime }),
    ...(volume.protected && { protected: true }),
  };
}
