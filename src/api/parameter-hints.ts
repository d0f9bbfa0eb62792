import { explainText } from './explain-text.ts';

// The first that matches counts. The words are those of PVE::JSONSchema and of the formats that PVE's packages register.
const rules: readonly [pattern: RegExp, hint: string][] = [
  [
    /property is not defined in schema/,
    'Proxmox knows no such parameter here: leave it out or correct its name.',
  ],
  [/property is missing/, 'Add what is missing and send it again.'],
  [/in the enumeration/, 'Use one of the values listed.'],
  [/type check \('boolean'\)/, 'Send 1 or 0.'],
  [/type check \('(?:integer|number)'\)/, 'Send a number, without a unit.'],
  [/got ARRAY/, 'Give that parameter once.'],
  [/have a (?:minimum|maximum) value of/, 'Stay within the limit that the text names.'],
  [/characters long|cannot be shorter/, 'Make it as long as the text allows.'],
  [/valid VM ID/, 'A VMID is a number from 100 to 999999999; /cluster/nextid proposes a free one.'],
  [
    /unable to parse (?:[\w-]+ )?volume/,
    'A volume is written storage:name as /nodes/{node}/storage/{storage}/content lists it; a new disk is storage:size with the size in GiB.',
  ],
  [/use '-.* and -+delete/, 'Set that option or delete it, not both in one call.'],
  [/target is local node/, 'The guest is on that node already: name another node of /nodes.'],
  [
    /invalid configuration ID|contains? (?:invalid|illegal) characters|invalid characters in/,
    'Begin it with a letter, and go on with letters, digits, - and _ alone.',
  ],
  [/valid (?:DNS|node) name/, 'Write it as a host name: letters, digits and - in parts between dots.'],
  [
    /wrong (?:file )?extension/,
    'Name the file by its kind: .iso or .img for iso, .tar.gz, .tar.xz or .tar.zst for vztmpl, .qcow2, .raw, .vmdk or .ova for import.',
  ],
  [
    /\b(?:invalid|valid|an) (?:unicast )?(?:ip|ipv4|ipv6|cidr|mac)\b/i,
    'Write addresses as 192.0.2.7 or 2001:db8::7, networks as 192.0.2.0/24, MAC addresses as 52:54:00:12:34:56.',
  ],
  [/parse worker upid/, 'Give the task id as Proxmox answered it, from UPID: to the last colon.'],
  [
    /regex pattern|invalid format|format error|unable to parse|comma-separated list property/,
    'Write the value as the API description of this parameter has it.',
  ],
];

/** What to do about what Proxmox says of one parameter; undefined where its words tell all that is known. */
export function parameterHint(text: string): string | undefined {
  const known = rules.find(([pattern]) => pattern.test(text))?.[1];
  if (known !== undefined) return known;
  const { code, hint } = explainText(text);
  return code === 'refused' ? undefined : hint;
}
