import { type Held, holding } from './held.ts';
import type { Method } from './method.ts';
import { type Need, needOf } from './needs.ts';
import { unsaidNeedOf } from './unsaid-needs.ts';

/** Who calls: `user@realm`, or a token as `user@realm!name`. */
export interface Who {
  kind: 'token' | 'password';
  name: string;
}

/** Whether somebody may call a method, and what they lack, each as in `VM.PowerMgmt on /vms/100`. */
export interface Rights {
  /** `unknown` where it depends on what is not known here: who is in which group, which storage a call names. */
  answer: 'yes' | 'no' | 'unknown';
  missing: string[];
}

export interface RightsQuestion {
  who: Who;
  /** Undefined where it could not be read; then only what needs no look at it is answered. */
  held: Held | undefined;
  /** The parameters that are known, those of the path among them. */
  params?: Readonly<Record<string, unknown>>;
  /** Whether these are all that the call will have. */
  complete?: boolean;
}

type Params = Readonly<Record<string, unknown>>;

const YES: Rights = { answer: 'yes', missing: [] };
const UNKNOWN: Rights = { answer: 'unknown', missing: [] };

/** What a call needs, in words: `VM.PowerMgmt on /vms/100`. Parameters that are known stand in for their names. */
export function privilegeWords(method: Method, params: Params = {}): string {
  const need = needOf(method);
  const unsaid = unsaidNeedOf(method);
  const said = words(need, params);
  const whole = [need.kind === 'login' && unsaid ? '' : said, unsaid ? fill(unsaid.words, params) : ''];
  const all = [whole]
    .flat()
    .filter((part) => part !== '')
    .join('; ');
  return method.allowtoken === 0 && need.kind !== 'root' ? `${all}; API tokens are refused` : all;
}

/** Whether the login may make this call, as far as the API description and its privileges tell. */
export function rightsTo(method: Method, question: RightsQuestion): Rights {
  const { who } = question;
  if (method.allowtoken === 0 && who.kind === 'token') return no('a login with a password');
  if (who.name === 'root@pam') return YES;
  const unsaid = unsaidNeedOf(method);
  const said = ask(needOf(method), question);
  if (said.answer === 'no' || unsaid === undefined) return said;
  const needed = unsaid.needed === undefined ? YES : ask(unsaid.needed, question);
  if (needed.answer === 'no') return needed;
  const enough = unsaid.enough === undefined ? UNKNOWN : ask(unsaid.enough, question);
  return said.answer === 'yes' && enough.answer === 'yes' ? YES : UNKNOWN;
}

function ask(need: Need, question: RightsQuestion): Rights {
  switch (need.kind) {
    case 'world':
    case 'login':
      return YES;
    case 'root':
      return no('root@pam with its password');
    case 'privilege':
      return askPrivilege(need, question);
    case 'and':
      return askAll(need.of.map((each) => ask(each, question)));
    case 'or':
      return askAny(need.of.map((each) => ask(each, question)));
    case 'self':
      return askSelf(need.parameter, question);
    case 'group':
      return askGroup(need, question);
    case 'share': {
      const path = fill(need.path, question.params ?? {});
      if (path.includes('{')) return UNKNOWN;
      return askPrivilege(
        { kind: 'privilege', path, privileges: privilegesToShare(path), any: true },
        question,
      );
    }
    default:
      return UNKNOWN;
  }
}

function askPrivilege(
  need: Extract<Need, { kind: 'privilege' }>,
  { held, params = {}, complete = false }: RightsQuestion,
): Rights {
  const given = need.onlyWith === undefined || isGiven(params[need.onlyWith]);
  if (!given && complete) return no(words(need, params));
  if (held === undefined) return UNKNOWN;
  const filled = fill(need.path, params);
  // Proxmox itself puts a dash where a call leaves a parameter out.
  const path = complete ? filled.replace(/\{[^}]*\}/g, '-') : filled;
  const answers = need.privileges.map((privilege) => ({ privilege, held: holding(held, path, privilege) }));
  const enough = need.any ? answers.some(isHeld) : answers.every(isHeld);
  if (enough) return given ? YES : UNKNOWN;
  const lacking = answers.filter((answer) => answer.held === 'no').map(({ privilege }) => privilege);
  const isNo = need.any ? lacking.length === answers.length : lacking.length > 0;
  return isNo ? no(`${lacking.join(need.any ? ' or ' : ' and ')} on ${path}`) : UNKNOWN;
}

function isHeld(answer: { held: string }): boolean {
  return answer.held === 'yes';
}

function askAll(answers: readonly Rights[]): Rights {
  if (answers.every(({ answer }) => answer === 'yes')) return YES;
  if (answers.every(({ answer }) => answer !== 'no')) return UNKNOWN;
  return { answer: 'no', missing: answers.flatMap(({ missing }) => missing) };
}

/** Of several ways, the first is told: Proxmox's descriptions begin with the usual one. */
function askAny(answers: readonly Rights[]): Rights {
  if (answers.some(({ answer }) => answer === 'yes')) return YES;
  if (answers.some(({ answer }) => answer === 'unknown')) return UNKNOWN;
  const shortest = [...answers].sort((a, b) => a.missing.length - b.missing.length)[0];
  return { answer: 'no', missing: shortest?.missing ?? [] };
}

function askSelf(parameter: string, { who, params = {}, complete }: RightsQuestion): Rights {
  const userid = params[parameter];
  if (!isGiven(userid)) return complete ? no(`to be the user ${parameter}`) : UNKNOWN;
  // A token is not its user.
  return String(userid) === who.name ? YES : no(`to be ${String(userid)}`);
}

/** The groups of others are not told to everybody, so a privilege on some group proves nothing. */
function askGroup(need: Extract<Need, { kind: 'group' }>, question: RightsQuestion): Rights {
  const ask = (path: string) =>
    askPrivilege({ kind: 'privilege', path, privileges: need.privileges, any: true }, question);
  const all = ask('/access/groups');
  if (all.answer !== 'no') return all;
  return askPrivilege(
    { kind: 'privilege', path: '/access/groups/{group}', privileges: need.privileges, any: true },
    { ...question, params: {}, complete: false },
  ).answer === 'no'
    ? all
    : UNKNOWN;
}

function no(missing: string): Rights {
  return { answer: 'no', missing: [missing] };
}

function words(need: Need, params: Params): string {
  switch (need.kind) {
    case 'world':
      return 'none, not even a login';
    case 'login':
      return 'any login';
    case 'root':
      return 'root@pam with its password only, no API token';
    case 'privilege': {
      const text = `${joined(need.privileges, need.any)} on ${fill(need.path, params)}`;
      return need.onlyWith === undefined ? text : `${text} if ${need.onlyWith} is given`;
    }
    case 'and':
      return need.of
        .map((each) => (each.kind === 'or' ? `(${words(each, params)})` : words(each, params)))
        .join(', and ');
    case 'or':
      return anyOf(need.of, params);
    case 'self':
      return 'none for oneself';
    case 'group':
      return `${need.privileges.join(' or ')} on /access/groups or a group of the user`;
    case 'share':
      return `what allows sharing ${fill(need.path, params)}: Permissions.Modify, or Allocate of that kind`;
    default:
      return 'decided while it runs';
  }
}

/** `A or B`; where there are many, what they have in common is said once: `one of VM.Config.Disk, CPU, Memory`. */
function joined(privileges: readonly string[], any: boolean): string {
  const different = [...new Set(privileges)];
  if (different.length < 4 || !any) return different.join(any ? ' or ' : ' and ');
  const [first = ''] = different;
  const common = first.slice(0, first.lastIndexOf('.') + 1);
  const alike = different.every((one) => one.startsWith(common));
  return `one of ${alike ? common + different.map((one) => one.slice(common.length)).join(', ') : different.join(', ')}`;
}

/** `["or", Mapping.Use on X, Mapping.Audit on X]` is `Mapping.Use or Mapping.Audit on X`. */
function anyOf(needs: readonly Need[], params: Params): string {
  const singles = needs.filter((need) => need.kind === 'privilege' && need.privileges.length === 1);
  const paths = new Set(needs.map((need) => (need.kind === 'privilege' ? need.path : '')));
  if (singles.length === needs.length && paths.size === 1) {
    const privileges = needs.flatMap((need) => (need.kind === 'privilege' ? need.privileges : []));
    return words({ kind: 'privilege', path: [...paths][0] as string, privileges, any: true }, params);
  }
  return needs
    .map((need) => (need.kind === 'and' ? `(${words(need, params)})` : words(need, params)))
    .join(', or ');
}

/** `/vms/{vmid}` with what is known put in; the realm of a user is what follows the last @. */
function fill(template: string, params: Params): string {
  return template.replace(/\{([^}@]+)(@realm)?\}/g, (whole, name: string, realm?: string) => {
    const value = params[name];
    const known = isGiven(value) && typeof value !== 'object' && !/^\{.*\}$/.test(String(value));
    if (realm === undefined) return known ? String(value) : whole;
    return known ? (String(value).split('@').at(-1) as string) : `{realm of ${name}}`;
  });
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** Any one of these on a path lets somebody see and change the ACL there (PVE 9.2). */
function privilegesToShare(path: string): string[] {
  if (path.startsWith('/storage/')) return ['Permissions.Modify', 'Datastore.Allocate'];
  if (path.startsWith('/vms/')) return ['Permissions.Modify', 'VM.Allocate'];
  if (path.startsWith('/pool/')) return ['Permissions.Modify', 'Pool.Allocate'];
  return ['Permissions.Modify'];
}
