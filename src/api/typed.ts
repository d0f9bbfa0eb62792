import { Failure } from '../failure.ts';
import type { PveDelete, PveGet, PveMethod, PvePost, PvePut } from '../schema/pve-types.ts';
import type { Api, CallOptions } from './api.ts';
import type { ParamValue } from './form.ts';
import { type ApiPath, path, volume } from './path.ts';

declare const none: unique symbol;

/** The parameters of a method that takes none. */
export interface NoParams {
  readonly [none]?: never;
}

/**
 * What follows the path in a call: all parameters in one object, those of the path and those of the query or the body.
 * It may be left out where the method needs none.
 */
export type Rest<M extends PveMethod> = M['path'] & M['params'] extends infer All
  ? keyof All extends never
    ? [params?: NoParams, options?: CallOptions]
    : Record<never, never> extends All
      ? [params?: All, options?: CallOptions]
      : [params: All, options?: CallOptions]
  : never;

/**
 * The whole API of Proxmox VE 9.2 with types: paths as its description writes them, their parameters, and what the answer
 * is. Answers are typed as their schemas promise; see `PveMethod` for what that is worth.
 */
export interface TypedApi {
  /** Reads; answers `data`. */
  get<P extends keyof PveGet>(path: P, ...rest: Rest<PveGet[P]>): Promise<PveGet[P]['returns']>;
  /** Creates or starts something; answers `data`, often a UPID: then the change is done when that task is. */
  post<P extends keyof PvePost>(path: P, ...rest: Rest<PvePost[P]>): Promise<PvePost[P]['returns']>;
  /** Changes something; answers `data`, often `null`. */
  put<P extends keyof PvePut>(path: P, ...rest: Rest<PvePut[P]>): Promise<PvePut[P]['returns']>;
  /** Removes something; answers `data`, often a UPID or `null`. */
  delete<P extends keyof PveDelete>(path: P, ...rest: Rest<PveDelete[P]>): Promise<PveDelete[P]['returns']>;
}

/**
 * A typed face over the API of a Proxmox VE server:
 * `typed(api).get('/nodes/{node}/qemu/{vmid}/config', { node: 'pve', vmid: 100, current: true })`.
 * Names in the path are filled in under the rules of `path`, so that none can lead elsewhere. Calls fail as those of `Api`
 * do, and with `invalid_argument`, before anything is sent, for a path that is none or lacks a parameter.
 */
export function typed(api: Pick<Api, 'get' | 'post' | 'put' | 'delete'>): TypedApi {
  const face = (verb: 'get' | 'post' | 'put' | 'delete') => {
    return async (template: string, given: Values = {}, options?: CallOptions) => {
      const { path, params } = fill(template, given);
      return api[verb](path, params, options);
    };
  };
  return { get: face('get'), post: face('post'), put: face('put'), delete: face('delete') } as TypedApi;
}

type Values = Record<string, ParamValue>;

const described = /^(?:\/(?:[a-z][\w-]*|\{[\w-]+\}))+$/i;

/** These end a path, and PVE takes them with their slashes: `local:iso/a.iso`, `10.0.0.0/8`. */
const withSlashes = /\/content\/\{volume\}$|\/ipset\/\{name\}\/\{cidr\}$/;

/** Puts the values that the path names into it, and hands back the others. */
function fill(text: string, given: Values): { path: ApiPath; params: Values } {
  if (!described.test(text)) {
    throw new Failure(
      'invalid_argument',
      `${JSON.stringify(String(text).slice(0, 80))} is no path of the API description.`,
      'Write it as the description does, with names in braces: /nodes/{node}/qemu/{vmid}/config. Values go beside it.',
    );
  }
  const params = { ...given };
  const literals = text.split(/\{[\w-]+\}/);
  const names = [...text.matchAll(/\{([\w-]+)\}/g)].map(([, name]) => name as string);
  const values = names.map((name) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new Failure('invalid_argument', `${text} needs ${name}.`, `Give ${name} with the parameters.`);
    }
    delete params[name];
    return value;
  });
  const last = values.at(-1);
  const inserted =
    typeof last === 'string' && withSlashes.test(text) ? [...values.slice(0, -1), volume(last)] : values;
  return { path: path(literals as unknown as TemplateStringsArray, ...inserted), params };
}
