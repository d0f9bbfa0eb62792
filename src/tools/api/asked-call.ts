import type { Params, ParamValue } from '../../api/form.ts';
import { type Call, readCall } from '../../api/gate/call.ts';
import { type ApiPath, parsePath } from '../../api/path.ts';
import type { Verb } from '../../api/wire.ts';
import { Failure } from '../../failure.ts';
import { line } from '../../render/untrusted.ts';
import type { ApiSchema } from '../../schema/api-schema.ts';
import type { Found } from '../../schema/catalog.ts';
import { isEverydayRead } from '../../schema/effect.ts';
import type { Method } from '../../schema/method.ts';
import { propertiesOf, writePropertyString } from '../../schema/property-text.ts';
import { schemaIn } from '../../schema/validate.ts';
import type { ToolContext } from '../tool.ts';

/** A call as it was asked for, and as Proxmox will read it. */
export interface AskedCall {
  verb: Verb;
  path: ApiPath;
  params: Params;
  /** Read back from its bytes: what is checked is what is sent. */
  sent: Call;
  /** Undefined for an everyday read without parameters, which needs no look at it unless it is only tried. */
  schema: ApiSchema | undefined;
  /** Undefined where the schema does not have the call. */
  found: Found | undefined;
}

/**
 * Reads a call as people and models write it.
 *
 * @throws Failure `invalid_argument` for what can't be sent
 */
export async function readAskedCall(
  {
    path: written,
    method: verb,
    data,
    dry_run,
  }: {
    path: string;
    method: Verb;
    data?: Record<string, unknown> | undefined;
    dry_run?: boolean | undefined;
  },
  context: ToolContext,
): Promise<AskedCall> {
  const { path, query } = parsePath(written);
  const given = merge(query, data ?? {});
  const decoded = decodeURIComponent(path);
  const isPlain = !dry_run && Object.keys(given).length === 0 && isEverydayRead(verb, decoded);
  const schema = isPlain ? undefined : await context.schema();
  const found = schema?.catalog.find(verb, decoded);
  const params = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, flat(name, value, found?.method)]),
  );
  const sent = readCall(context.pve.api.wire(verb, path, params), '/api2/json');
  return { verb, path, params, sent, schema, found };
}

/** The query of the path and `data` together: Proxmox takes either, and answers 400 when both differ. */
function merge(query: Params, data: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(data)) {
    const before = Object.hasOwn(query, name) ? query[name] : undefined;
    if (before !== undefined && String(before) !== String(value)) {
      throw new Failure(
        'invalid_argument',
        `The parameter ${line(name, 60)} stands in the query of path and in data, with two values.`,
        'Give it once, best in data.',
      );
    }
  }
  return { ...query, ...data };
}

/** A value as a form carries it: an object becomes the property string that it stands for. */
function flat(name: string, value: unknown, method: Method | undefined): ParamValue {
  const schema = method && schemaIn(method.parameters, name);
  if (!Array.isArray(value))
    return isObject(value) ? propertyString(name, value, schema) : (value as ParamValue);
  return value.map((item) =>
    isObject(item) ? propertyString(name, item, schema?.items) : item,
  ) as ParamValue;
}

function propertyString(
  name: string,
  values: Record<string, unknown>,
  schema: Method['parameters'][string] | undefined,
): string {
  const properties = propertiesOf(schema);
  const text = writePropertyString(properties ?? {}, values);
  if (properties !== undefined && text !== undefined) return text;
  throw new Failure(
    'invalid_argument',
    `The parameter ${line(name, 60)} is an object, which Proxmox does not take here. Nothing was sent.`,
    text === undefined
      ? 'Write it as one text, key=value,key=value, with lists parted by semicolons.'
      : `Give text, a number, true, false or a flat list; nested settings are one text such as ${JSON.stringify(line(text, 200))}.`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
