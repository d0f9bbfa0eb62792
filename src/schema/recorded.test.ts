import { expect, test } from 'vitest';
import { pveCatalog } from './pve-catalog.ts';
import recordedAccepted from './recorded-accepted.json' with { type: 'json' };
import recordedRefusals from './recorded-refusals.json' with { type: 'json' };
import { validate } from './validate.ts';

// Calls recorded on PVE 9.2, with their parameters decoded as the wire decodes them.

interface Refusal {
  name: string;
  method: string;
  path: string;
  params: Record<string, unknown>;
  errors: Record<string, string>;
}

const refusals = recordedRefusals as unknown as Refusal[];
const accepted = recordedAccepted as unknown as [string, string, Record<string, unknown>][];

/** Refused by the method itself or by the wire, which know more than the schema does. */
const NEEDS_STATE = [
  'node_network_missing',
  'param_uri_body_conflict',
  'task_invalid_upid',
  'token_create_duplicate',
  'upload_bad_extension',
  'vm_config_set_and_delete',
  'vm_locked_skiplock_token',
  'vm_migrate_self',
  'vzdump_no_vmid',
];

function verdict(verb: string, path: string, params: Record<string, unknown>) {
  const found = pveCatalog().find(verb, path);
  if (!found) throw new Error(`${verb} ${path} is not in the catalog`);
  return validate(found.method, { ...params, ...found.pathParams }).errors;
}

test.each(refusals.filter(({ name }) => !NEEDS_STATE.includes(name)))(
  '$name is refused in the words of PVE',
  ({ method, path, params, errors }) => expect(verdict(method, path, params)).toEqual(errors),
);

test.each(refusals.filter(({ name }) => NEEDS_STATE.includes(name)))(
  '$name is no matter of the schema',
  ({ method, path, params }) => expect(verdict(method, path, params)).toBeUndefined(),
);

test('every call whose parameters PVE took is let through', () => {
  const refused = accepted.map((call) => [call, verdict(...call)]).filter(([, errors]) => errors);
  expect(accepted).toHaveLength(284);
  expect(refused).toEqual([]);
});
