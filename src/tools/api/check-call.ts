import { parameterHint } from '../../api/parameter-hints.ts';
import { Failure } from '../../failure.ts';
import { line } from '../../render/untrusted.ts';
import type { ApiSchema } from '../../schema/api-schema.ts';
import { checkCall, type ParameterProblem } from '../../schema/check-call.ts';
import { noSuchCall } from '../../schema/no-such-call.ts';
import type { ToolContext } from '../tool.ts';
import type { AskedCall } from './asked-call.ts';
import { misplaced } from './places.ts';

/**
 * What Proxmox would refuse of a call, told without asking it: no such path or method, parameters against the schema, nodes
 * that are not there, guests that are elsewhere. Undefined where it may be sent.
 */
export async function problemOf(call: AskedCall, context: ToolContext): Promise<Failure | undefined> {
  return unknownCall(call) ?? (await wrongParameters(call, context)) ?? (await misplaced(call, context));
}

/** A description that is not the server's own may lack what the server has: then it is for the server to say. */
function unknownCall(call: AskedCall): Failure | undefined {
  const { schema, found, sent } = call;
  return schema === undefined || found !== undefined || schema.source === 'bundled'
    ? undefined
    : noSuchCall(schema.catalog, sent.path, sent.verb, schema.version);
}

/** What of a call's parameters Proxmox would refuse, by its schema. */
export async function wrongParameters(
  call: Pick<AskedCall, 'verb' | 'sent' | 'found' | 'schema'>,
  { pve }: Pick<ToolContext, 'pve'>,
): Promise<Failure | undefined> {
  const { verb, sent, found, schema } = call;
  // The check is that of the products in Perl.
  if (found === undefined || pve.api.product.family !== 'perl') return undefined;
  const problems = checkCall(found, sent.params);
  if (problems.length === 0 || (await isOfOtherRelease(schema))) return undefined;
  const told = problems.map(
    ({ name, text, advice }) =>
      `${line(name, 80)}: ${line(text, 240)}${advice === undefined ? '' : ` (${advice})`}`,
  );
  const count = problems.length === 1 ? 'a parameter' : `${problems.length} parameters`;
  const source = schema?.source === 'bundled' && schema.note !== '' ? ` ${schema.note}` : '';
  return new Failure(
    'invalid_argument',
    `Nothing was sent: Proxmox would refuse ${count}: ${told.join(' | ')}`,
    `${hintsFor(problems)}api_describe tells all of ${verb} ${found.method.path}.${source}`,
    {
      call: `${verb} ${sent.path}`,
      errors: Object.fromEntries(problems.map(({ name, text }) => [name, text])),
    },
  );
}

/** Whether we only know another release than the server's: then what we would refuse may be right there. */
async function isOfOtherRelease(schema: ApiSchema | undefined): Promise<boolean> {
  if (schema?.source !== 'bundled' || schema.version === undefined) return false;
  const { BUNDLED_RELEASE } = await import('../../schema/pve-catalog.ts');
  return !`${schema.version}.`.startsWith(`${BUNDLED_RELEASE}.`);
}

function hintsFor(problems: readonly ParameterProblem[]): string {
  const hints = problems.map(({ text, advice }) => (advice === undefined ? parameterHint(text) : undefined));
  const [first] = hints.filter((hint) => hint !== undefined);
  return first === undefined ? '' : `${first} `;
}
