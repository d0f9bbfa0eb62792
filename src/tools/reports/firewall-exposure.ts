import type { FirewallRule } from '../../pve/firewalls.ts';

/** A rule that lets anybody in to what should not be open to everybody. */
export interface Exposure {
  rule: FirewallRule;
  /** `SSH (22)`, … or `everything`. */
  to: string;
}

/** What one logs in with or keeps data in: nothing for strangers. */
const SENSITIVE: readonly (readonly [first: number, last: number, name: string])[] = [
  [22, 22, 'SSH (22)'],
  [23, 23, 'Telnet (23)'],
  [445, 445, 'SMB (445)'],
  [1433, 1433, 'SQL Server (1433)'],
  [2049, 2049, 'NFS (2049)'],
  [2375, 2376, 'Docker (2375)'],
  [3306, 3306, 'MySQL (3306)'],
  [3389, 3389, 'RDP (3389)'],
  [5432, 5432, 'PostgreSQL (5432)'],
  [5900, 5999, 'VNC (5900-5999)'],
  [6379, 6379, 'Redis (6379)'],
  [8006, 8006, 'Proxmox VE (8006)'],
  [8007, 8007, 'Backup Server (8007)'],
  [9200, 9200, 'Elasticsearch (9200)'],
  [10_000, 10_000, 'Webmin (10000)'],
  [27_017, 27_017, 'MongoDB (27017)'],
];

/** Proxmox's macros for some of these. */
const MACROS: Readonly<Record<string, number>> = {
  ...{ ssh: 22, telnet: 23, smb: 445, mssql: 1433, mysql: 3306, rdp: 3389, postgresql: 5432, vnc: 5900 },
  webmin: 10_000,
};

/** Services that a rule may name instead of a number. */
const NAMED: Readonly<Record<string, number>> = { ssh: 22, telnet: 23, mysql: 3306, postgresql: 5432 };

const ANYWHERE = /^(?:0(?:\.0\.0\.0)?\/0|::\/0)$/;
const anywhere = (source: string | undefined) => source === undefined || ANYWHERE.test(source);

/**
 * The rules that let anybody in to what is sensitive, in their order: what comes after one that turns everybody away counts no
 * more. `groups`: the rules of the security groups, by lower-case name.
 */
export function exposures(
  rules: readonly FirewallRule[],
  groups: ReadonlyMap<string, readonly FirewallRule[]>,
): Exposure[] {
  const found: Exposure[] = [];
  const flat = rules.flatMap((rule) =>
    rule.type !== 'group' || !rule.enabled ? [rule] : (groups.get(rule.action.toLowerCase()) ?? []),
  );
  for (const rule of flat) {
    if (!rule.enabled || rule.type !== 'in') continue;
    const { action, source, dest, proto, dport, macro, iface } = rule;
    const wholesale = proto === undefined && dport === undefined && macro === undefined;
    if (action !== 'ACCEPT') {
      if (wholesale && anywhere(source) && dest === undefined && iface === undefined) break;
      continue;
    }
    if (!anywhere(source)) continue;
    if (wholesale) found.push({ rule, to: 'everything' });
    else found.push(...sensitive(rule).map((to) => ({ rule, to })));
  }
  return found;
}

function sensitive({ proto, dport, macro }: FirewallRule): string[] {
  if (macro !== undefined) {
    const port = MACROS[macro.toLowerCase()];
    return port === undefined ? [] : namesIn(port, port);
  }
  if (!/^(?:tcp|6)$/i.test(proto ?? '')) return [];
  if (dport === undefined) return ['every TCP port'];
  return dport.split(',').flatMap((part) => {
    const [from = '', to = from] = part.trim().split(':');
    const first = NAMED[from.toLowerCase()] ?? Number(from);
    const last = NAMED[to.toLowerCase()] ?? Number(to);
    if (!Number.isFinite(first) || !Number.isFinite(last)) return [];
    return last - first > 20_000 ? [`TCP ports ${first}-${last}`] : namesIn(first, last);
  });
}

const namesIn = (first: number, last: number) =>
  SENSITIVE.flatMap(([from, to, name]) => (first <= to && last >= from ? [name] : []));

/** `rule 0: IN ACCEPT tcp 22 from anywhere` */
export function ruleText({ pos, type, action, proto, dport, macro, source, iface }: FirewallRule): string {
  const what = macro ?? [proto, dport].filter(Boolean).join(' ');
  const where = iface === undefined ? '' : ` on ${iface}`;
  return `rule ${pos}: ${type.toUpperCase()} ${action}${what ? ` ${what}` : ''}${where} from ${source ?? 'anywhere'}`;
}
