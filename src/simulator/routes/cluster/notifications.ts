import { ApiError, type Call, type Routes } from '../../call.ts';
import { digestOf, type Section } from '../../world/sections.ts';
import { assertUnchanged, changeSection, optionsOf } from '../section-config.ts';

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

function checkTargets(call: Call, { target }: Section): void {
  const known = new Set(targets(call).map(({ name }) => name));
  const missing = [target ?? []].flat().find((name) => !known.has(String(name)));
  if (missing !== undefined) throw new ApiError(400, `could not find endpoint '${missing}'`);
}

/** A target that somebody routes to stays. */
function checkUnused(call: Call, name: string): void {
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
      if (kind === 'matchers') checkTargets(call, section);
      own(call).set(name, section);
      return null;
    },
    [`GET ${base}/{name}`]: (call) => {
      const { name } = call.params;
      return { ...shown(find(call)), name, digest: digestOf(own(call)) };
    },
    [`PUT ${base}/{name}`]: (call) => {
      const section = { ...find(call) };
      assertUnchanged(digestOf(own(call)), call.params.digest);
      changeSection(section, call, { ids: ['name'] });
      if (kind === 'matchers') checkTargets(call, section);
      if (section.origin === 'builtin') section.origin = 'modified-builtin';
      own(call).set(call.params.name, section);
      return null;
    },
    // A built-in one that was changed is as it was again.
    [`DELETE ${base}/{name}`]: (call) => {
      find(call);
      if (kind !== 'matchers') checkUnused(call, call.params.name);
      own(call).delete(call.params.name);
      return null;
    },
  };
}

const names = (list: string) => list.split(' ').map((name) => ({ name }));

/** Who would be told what. Nobody is. */
export const notificationRoutes: Routes = {
  [`GET ${root}`]: () => names('endpoints matchers targets matcher-fields matcher-field-values'),
  [`GET ${root}/endpoints`]: () => names('gotify sendmail smtp webhook'),
  [`GET ${root}/targets`]: targets,
  [`GET ${root}/matcher-fields`]: () => names('type hostname job-id'),
  [`GET ${root}/matcher-field-values`]: () =>
    ['fencing', 'package-updates', 'replication', 'system-mail', 'vzdump'].map((value) => ({
      ...{ field: 'type', value },
    })),
  ...Object.assign({}, ...kinds.map(routesOf)),
};
