import type { Account, ApiToken } from '../../pve/accounts.ts';
import { duration, time } from '../../render/units.ts';
import { type Finding, many } from '../findings.ts';
import { grantText, reachesOf, type SeenAccess, tokenPower, userPower } from './access-power.ts';

const DAY = 86_400;
/** Seconds before its end at which a token or user is worth a word. */
const SOON = 21 * DAY;

/** Who may do too much, who is let in too easily, and what is left over. `now` in seconds since 1970. */
export function accessFindings(seen: SeenAccess, now: number): Finding[] {
  return [
    ...seen.users.flatMap((user) => ofUser(user, seen, now)),
    ...seen.users.flatMap((user) => user.tokens.flatMap((token) => ofToken(token, user, seen, now))),
    ...ofGroups(seen),
    ...ofRoles(seen),
  ];
}

/** A name as a shell takes it: whoever may make users may give them names that are commands. */
const shell = (name: string) => (/^[\w.@-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`);

const gone = ({ enabled, expire }: Account, now: number) => !enabled || (expire > 0 && expire <= now);

function ofUser(user: Account, seen: SeenAccess, now: number): Finding[] {
  const { userid, enabled, expire, tokens, comment, locked } = user;
  const findings: Finding[] = [];
  const own = seen.grants.filter(({ type, ugid }) => type === 'user' && ugid === userid);
  if (gone(user, now)) {
    const left = [
      tokens.length > 0 && many(tokens, 'token'),
      own.length > 0 && own.map(grantText).join(', '),
    ].filter(Boolean);
    if (left.length > 0) {
      findings.push({
        severity: 'note',
        what: `${userid} ${enabled ? `expired ${time(expire)}` : 'is disabled'} and still has ${left.join(' and ')}`,
        evidence: 'they count again when the user is switched on',
        fix: `pveum user delete ${shell(userid)} (takes its tokens and rights with it)`,
      });
    }
    return findings;
  }
  const [widest] = reachesOf(userid, seen);
  const power = userPower(userid, seen);
  const evidence = widest && grantText(widest.grant);
  const bare = power !== undefined && lacksTfa(user, seen);
  if (userid === 'root@pam') {
    if (bare)
      findings.push({
        severity: 'warning',
        what: 'root@pam has no second factor',
        evidence: 'may do everything',
        fix: 'Log in as root@pam: Datacenter > Permissions > Two Factor > Add.',
      });
  } else if (power === 'all' && widest) {
    const { grant } = widest;
    findings.push({
      severity: bare ? 'critical' : 'warning',
      what: `${userid} may do everything${bare ? ' and has no second factor' : ''}`,
      ...(evidence !== undefined && { evidence }),
      said: comment,
      fix:
        `Give what is needed instead (e.g. PVEVMAdmin on a pool), then ${deleteLine(grant)}` +
        (bare
          ? '; if it must stay, the user adds a second factor (Datacenter > Permissions > Two Factor)'
          : ''),
    });
  } else if (power === 'wide' && widest) {
    findings.push({
      severity: bare ? 'warning' : 'note',
      what: `${userid} may change much of the cluster${bare ? ' and has no second factor' : ''}`,
      ...(evidence !== undefined && { evidence }),
      said: comment,
      fix: bare
        ? 'The user adds one: Datacenter > Permissions > Two Factor. Or give the role on a pool only.'
        : `If a pool is enough: pveum acl modify /pool/POOL ${who(widest.grant)} --roles ${widest.grant.role}`,
    });
  }
  if (locked)
    findings.push({
      severity: 'warning',
      what: `${userid} is locked out of its second factor after wrong codes`,
      fix: `If that was the user: pveum user tfa unlock ${shell(userid)}. If not, somebody knows the password: change it.`,
    });
  if (expire > 0 && expire - now <= SOON)
    findings.push({
      severity: 'note',
      what: `${userid} expires in ${duration(expire - now)}`,
      evidence: time(expire),
      fix: `To keep it: pveum user modify ${shell(userid)} --expire 0`,
    });
  return findings;
}

/** Whether a password alone lets this user in; false where that is not known. */
function lacksTfa({ userid, keys }: Account, { tfa, realms }: SeenAccess): boolean {
  const realm = realms.get(userid.slice(userid.lastIndexOf('@') + 1));
  // With OpenID the provider asks for it, and Proxmox does not know.
  if (realm?.type === 'openid' || realm?.tfa || keys || tfa === undefined) return false;
  return !tfa.has(userid);
}

function ofToken(token: ApiToken, user: Account, seen: SeenAccess, now: number): Finding[] {
  const { id, privsep, expire, comment } = token;
  if (gone(user, now)) return [];
  const [, userid = '', name = ''] = /^(.*)!(.*)$/.exec(id) ?? [];
  const findings: Finding[] = [];
  if (expire > 0 && expire <= now) {
    findings.push({
      severity: 'note',
      what: `token ${id} expired ${time(expire)}`,
      said: comment,
      fix: `pveum user token delete ${shell(userid)} ${name}`,
    });
    return findings;
  }
  if (expire > 0 && expire - now <= SOON) {
    findings.push({
      severity: 'warning',
      what: `token ${id} expires in ${duration(expire - now)}: what uses it stops then`,
      evidence: time(expire),
      said: comment,
      fix: `pveum user token modify ${shell(userid)} ${name} --expire ${(Math.floor(now / DAY) + 365) * DAY} (in a year)`,
    });
  }
  const power = tokenPower(token, seen);
  if (power === 'all') {
    findings.push({
      severity: 'warning',
      what: `token ${id} may do everything${expire === 0 ? ', for ever' : ''}`,
      evidence: privsep ? 'it was given that itself' : 'privilege separation is off',
      said: comment,
      fix: `pveum user token modify ${shell(userid)} ${name} --privsep 1, then pveum acl modify /PATH --tokens ${shell(id)} --roles ROLE for what it needs`,
    });
  } else if (!privsep) {
    findings.push({
      severity: 'note',
      what: `token ${id} may do all that its user may (privilege separation is off)`,
      said: comment,
      fix: `pveum user token modify ${shell(userid)} ${name} --privsep 1, and give it roles of its own`,
    });
  }
  return findings;
}

function ofGroups({ grants, groups }: SeenAccess): Finding[] {
  return [...groups].flatMap(([group, members]): Finding[] => {
    const given = grants.filter(({ type, ugid }) => type === 'group' && ugid === group);
    if (members.length > 0 || given.length === 0) return [];
    return [
      {
        severity: 'note',
        what: `group ${group} has rights and no members`,
        evidence: given.map(({ role, path }) => `${role} on ${path}`).join(', '),
        fix: `pveum group delete ${group}`,
      },
    ];
  });
}

/** Roles of one's own that let their holder give himself any other. */
function ofRoles({ roles, grants }: SeenAccess): Finding[] {
  return [...roles].flatMap(([role, privileges]): Finding[] => {
    if (role === 'Administrator' || !privileges.includes('Permissions.Modify')) return [];
    const given = grants.filter((grant) => grant.role === role);
    return given.map(({ path, ugid }) => ({
      severity: 'warning',
      what: `${ugid} can give away rights on ${path}: role ${role} has Permissions.Modify`,
      fix: `pveum role modify ${role} --privs "${privileges.filter((one) => one !== 'Permissions.Modify').join(',')}"`,
    }));
  });
}

const who = ({ type, ugid }: { type: string; ugid: string }) => `--${type}s ${shell(ugid)}`;

function deleteLine(grant: { path: string; type: string; ugid: string; role: string }): string {
  return `pveum acl delete ${grant.path} ${who(grant)} --roles ${grant.role}`;
}

/** What is to say about the login that this server uses itself; `power` of it as far as it is known. */
export function ownLoginFinding(
  login: { kind: 'token' | 'password'; name: string },
  power: 'all' | 'wide' | undefined,
): Finding[] {
  if (power !== 'all') return [];
  return [
    {
      severity: 'warning',
      what: `this server logs in as ${login.name} and may do everything`,
      evidence: 'whoever reaches it may, as far as its own gate lets them',
      fix: 'A user and token of its own: pveum user add mcp@pve; pveum acl modify / --users mcp@pve --roles PVEAuditor; pveum user token add mcp@pve mcp --privsep 0; add PVEVMAdmin on the pools that it is to change.',
    },
  ];
}
