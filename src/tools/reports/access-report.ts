import * as z from 'zod';
import { accounts, grants, realms, roles, userGroups, usersWithTfa } from '../../pve/accounts.ts';
import { Sight } from '../../pve/sight.ts';
import { fence, line } from '../../render/untrusted.ts';
import { type Held, holding } from '../../schema/held.ts';
import { andMore, detail, firstOf, within } from '../detail.ts';
import { bySeverity, countText, findingData, findingShape, findingText, many } from '../findings.ts';
import { defineTool } from '../tool.ts';
import { accessFindings, ownLoginFinding } from './access-findings.ts';
import type { SeenAccess } from './access-power.ts';
import { accessRows, grantTable, tokenTable, userTable } from './access-tables.ts';

const SHOWN = 20;
const text = z.string();

export const accessReport = defineTool({
  name: 'access_report',
  title: 'Users and rights',
  toolset: 'reports',
  effect: 'read',
  needs: ['GET /access/users'],
  description: 'Access audit: users, API tokens, ACLs and roles too wide, missing TFA, expiry.',
  input: z.strictObject({ detail: detail() }),
  output: z.object({
    login: text,
    findings: z.array(findingShape),
    users: z.array(
      z.object({
        ...{ user: text, enabled: z.boolean(), expire: z.number().optional(), tfa: z.boolean().optional() },
        ...{ power: z.enum(['all', 'wide']).optional(), groups: z.array(text) },
      }),
    ),
    tokens: z.array(
      z.object({
        ...{ token: text, privsep: z.boolean(), expire: z.number().optional() },
        power: z.enum(['all', 'wide']).optional(),
      }),
    ),
    acl: z.array(z.object({ path: text, who: text, role: text, propagate: z.boolean() })),
    realms: z.array(text),
    unseen: z.array(text),
  }),
  example: {},
  async run({ detail: wanted }, { pve, clock, signal }) {
    const { api } = pve;
    const sight = new Sight();
    const options = { signal };
    const [users, given, known, groups, factors, ways, held] = await Promise.all([
      sight.of('users', accounts(api, options)),
      sight.of('ACLs', grants(api, options)),
      sight.of('roles', roles(api, options)),
      sight.of('groups', userGroups(api, options)),
      sight.of('second factors', usersWithTfa(api, options)),
      sight.of('realms', realms(api, options)),
      pve.access.permissions(),
    ]);
    const login = pve.access.who;
    const { allUsers, allGrants } = sees(held, login.name);
    if (!allUsers)
      sight.missed('other users, tokens, second factors', 'that takes Sys.Audit on /access/groups');
    if (!allGrants) sight.missed('ACLs of others', 'that takes Sys.Audit on /access');
    const seen: SeenAccess = {
      ...{ users: users ?? [], grants: given ?? [], roles: known ?? new Map(), groups: groups ?? new Map() },
      tfa: allUsers ? factors : undefined,
      realms: new Map((ways ?? []).map((one) => [one.realm, one])),
    };
    const now = clock.now() / 1000;
    const own =
      held && ['Permissions.Modify', 'Sys.Modify'].every((one) => holding(held, '/', one) === 'yes');
    const findings = bySeverity([
      ...ownLoginFinding(login, own ? 'all' : undefined),
      ...accessFindings(seen, now),
    ]);
    const unseen = sight.unseen.map((reason) => line(reason));
    const data = accessRows(seen);
    const shown = firstOf(findings, SHOWN, wanted);
    const userRows = firstOf(data.users, SHOWN, wanted);
    const tokenRows = firstOf(data.tokens, SHOWN, wanted);
    const grantRows = firstOf(data.acl, SHOWN, wanted);
    const parts = [
      `${many(data.users, 'user')}, ${many(data.tokens, 'token')}, ${many(data.acl, 'ACL')}, ${many([...seen.groups], 'group')}: ${countText(findings)}`,
      ...shown.shown.map(findingText),
      andMore(shown.more, wanted),
      ...unseen.map((reason) => `Not seen: ${reason}`),
      userRows.shown.length > 0 && fence('Proxmox', userTable(userRows.shown, now)),
      andMore(userRows.more, wanted),
      tokenRows.shown.length > 0 && fence('Proxmox', tokenTable(tokenRows.shown, now)),
      andMore(tokenRows.more, wanted),
      grantRows.shown.length > 0 && fence('Proxmox', grantTable(grantRows.shown)),
      andMore(grantRows.more, wanted),
      ways &&
        line(
          `Realms: ${ways.map(({ realm, type, tfa }) => `${realm} (${type}${tfa ? ', TFA' : ''})`).join(', ')}`,
        ),
    ];
    return within(wanted, parts, {
      login: line(login.name),
      findings: findings.map(findingData),
      ...data,
      unseen,
    });
  },
});

/** Proxmox leaves out in silence what a login may not see: whether that is so. */
function sees(held: Held | undefined, name: string): { allUsers: boolean; allGrants: boolean } {
  if (held === undefined) return { allUsers: false, allGrants: false };
  const has = (path: string, privilege: string) => holding(held, path, privilege) === 'yes';
  const root = name === 'root@pam';
  return {
    allUsers: root || has('/access/groups', 'Sys.Audit') || has('/access/groups', 'User.Modify'),
    allGrants: root || has('/access', 'Sys.Audit'),
  };
}
