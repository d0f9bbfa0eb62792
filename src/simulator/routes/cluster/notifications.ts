import { ApiError, type Call, type Routes } from '../../call.ts';
import { digestOf, type Section } from '../../world/sections.ts';
import { no } from '../find.ts';
import { changeSection, optionsOf } from '../section-config.ts';

const root = '/cluster/notifications';

/** What a fresh system has: root's mails, and a matcher that sends everything there. */
const builtIn: Record<string, Record<string, Section>> = {
  sendmail: {
    'mail-to-root': { comment: 'Send mails to root@pam', 'mailto-user': ['root@pam'], origin: 'builtin' },
  },
  matchers: {
    'default-matcher': {
      ...{ comment: 'Route all notifications to mail-to-root', target: ['mail-to-root'] },
      ...{ mode: 'all', origin: 'builtin' },
    },
  },
};

const kinds = ['sendmail', 'gotify', 'smtp', 'webhook', 'matchers'] as const;
type Kind = (typeof kinds)[number];

function all({ world }: Call, kind: Kind): Map<string, Section> {
  const own = world.sections.of(`notifications/${kind}`);
  return new Map([...Object.entries(builtIn[kind] ?? {}), ...own]);
}

const notFound = (kind: Kind, name: string) =>
  new ApiError(404, `${kind === 'matchers' ? 'matcher' : 'endpoint'} '${name}' not found`);

/** Passwords and tokens are never shown. */
function shown({ token: _token, password: _password, secret: _secret, ...section }: Section): Section {
  return section;
}

const targets = (call: Call) =>
  kinds
    .filter((kind) => kind !== 'matchers')
    .flatMap((type) =>
      [...all(call, type)].map(([name, { comment, disable, origin }]) => ({
        ...{ name, type, origin },
        ...(comment !== undefined && { comment }),
        ...(disable !== undefined && { disable }),
      })),
    );

function demandTarget(call: Call, name: string): string {
  const found = targets(call).find((one) => one.name === name);
  if (!found) throw new ApiError(404, `endpoint '${name}' does not exist`);
  return found.type;
}

/** What no target of its kind, and no matcher, can be without. */
function check(call: Call, kind: Kind, { target, mailto, 'mailto-user': user }: Section): void {
  if (kind === 'matchers') for (const name of [target ?? []].flat()) demandTarget(call, String(name));
  if (kind === 'sendmail' && [mailto ?? []].flat().length + [user ?? []].flat().length === 0)
    throw new ApiError(400, 'must at least provide one recipient, either in mailto or in mailto-user');
}

/** This file alone answers 400 where others answer 500, and it looks at the digest first (`proxmox-notify`). */
function assertDigest(found: string, given: unknown): void {
  if (given === undefined || given === found) return;
  throw new ApiError(400, 'detected modified configuration - file changed by other user? Try again.');
}

/** A target that somebody routes to stays; a built-in one is only as it was again. */
function checkUnused(call: Call, name: string, { origin }: Section): void {
  if (origin !== 'user-created') return;
  const users = [...all(call, 'matchers')].filter(([, { target }]) => [target].flat().includes(name));
  if (users.length === 0) return;
  throw new ApiError(
    400,
    `cannot delete '${name}', referenced by: ${users.map(([matcher]) => matcher).join(', ')}`,
  );
}

function routesOf(kind: Kind): Routes {
  const base = kind === 'matchers' ? `${root}/matchers` : `${root}/endpoints/${kind}`;
  const own = ({ world }: Call) => world.sections.of(`notifications/${kind}`);
  const find = (call: Call): Section => {
    const found = all(call, kind).get(call.params.name);
    if (!found) throw notFound(kind, call.params.name);
    return found;
  };
  return {
    [`GET ${base}`]: (call) => [...all(call, kind)].map(([name, section]) => ({ ...shown(section), name })),
    [`POST ${base}`]: (call) => {
      const { name } = call.params;
      const section: Section = { ...optionsOf(call, 'name'), origin: 'user-created' };
      if (all(call, kind).has(name) || targets(call).some((one) => one.name === name))
        throw new ApiError(400, `Cannot create '${name}', an entity with the same name already exists`);
      check(call, kind, section);
      own(call).set(name, section);
      return null;
    },
    [`GET ${base}/{name}`]: (call) => {
      const { name } = call.params;
      return { ...shown(find(call)), name, digest: digestOf(own(call)) };
    },
    [`PUT ${base}/{name}`]: (call) => {
      assertDigest(digestOf(own(call)), call.params.digest);
      const section = { ...find(call) };
      changeSection(section, call, { ids: ['name'] });
      check(call, kind, section);
      if (section.origin === 'builtin') section.origin = 'modified-builtin';
      own(call).set(call.params.name, section);
      return null;
    },
    // A built-in one that was changed is as it was again.
    [`DELETE ${base}/{name}`]: (call) => {
      const section = find(call);
      if (kind !== 'matchers') checkUnused(call, call.params.name, section);
      own(call).delete(call.params.name);
      return null;
    },
  };
}

const names = (list: string) => list.split(' ').map((name) => ({ name }));

/** A mail is handed to the node's own mail system, which takes every one; any other target is out of reach. */
function testTarget(call: Call): null {
  const { name } = call.params;
  if (demandTarget(call, name) === 'sendmail') return null;
  throw no(`Could not test target: could not notify via endpoint(s): ${name}: Connection refused`);
}

/** Who would be told what. Nobody is. */
export const notificationRoutes: Routes = {
  [`GET ${root}`]: () => names('endpoints matchers targets matcher-fields matcher-field-values'),
  [`GET ${root}/endpoints`]: () => names('gotify sendmail smtp webhook'),
  [`GET ${root}/targets`]: targets,
  [`POST ${root}/targets/{name}/test`]: testTarget,
  [`GET ${root}/matcher-fields`]: () => names('type hostname job-id'),
  [`GET ${root}/matcher-field-values`]: () =>
    ['fencing', 'package-updates', 'replication', 'system-mail', 'vzdump'].map((value) => ({
      ...{ field: 'type', value },
    })),
  ...Object.assign({}, ...kinds.map(routesOf)),
};
