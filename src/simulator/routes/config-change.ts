import { type Call, parameterErrors } from '../call.ts';
import type { Config } from '../world/guest.ts';
import { writtenValues } from './config-values.ts';
import { no } from './find.ts';

/** Parameters of a config change that are no options of the guest. */
export const notOptions = new Set(
  'node vmid digest delete revert skiplock force background_delay skip_cloud_init import-working-storage'.split(
    ' ',
  ),
);

/** What a request would change. */
export interface Change {
  set: Config;
  delete: string[];
  revert: string[];
}

const list = (text: string | undefined) => (text ?? '').split(/[,;\s]+/).filter(Boolean);

/** What the request asks for; the refusals here come before the config is looked at (texts recorded on PVE 9.2). */
export function readChange({ method, params, world }: Call, kind: 'qemu' | 'lxc'): Change {
  const given = Object.fromEntries(Object.entries(params).filter(([key]) => !notOptions.has(key)));
  const change: Change = {
    set: writtenValues(kind, params.vmid, given, world.seconds()),
    delete: list(params.delete),
    revert: list(params.revert),
  };
  if (Object.keys(given).length + change.delete.length + change.revert.length === 0)
    throw no('no options specified');
  const known = (key: string) =>
    method.parameters[key] !== undefined ||
    method.parameters[key.replace(/\d+$/, '[n]')] !== undefined ||
    isState(key);
  for (const key of change.revert) {
    if (!known(key)) throw parameterErrors({ revert: `unknown option '${key}'` });
    if (given[key] === undefined) continue;
    const word = kind === 'qemu' ? 'delete' : 'revert';
    throw parameterErrors({
      [word]: `you can't use '-${key}' and ${kind === 'lxc' ? "'" : ''}-revert ${key}' at the same time`,
    });
  }
  for (const key of change.delete) {
    if (given[key] !== undefined) {
      throw parameterErrors({ delete: `you can't use '-${key}' and -delete ${key}' at the same time` });
    }
    if (change.revert.includes(key)) {
      const quote = kind === 'lxc' ? "'" : '';
      const word = kind === 'qemu' ? 'revert' : 'delete';
      throw parameterErrors({
        [word]: `you can't use '-delete ${key}' and ${quote}-revert ${key}' at the same time`,
      });
    }
    if (!known(key)) throw parameterErrors({ delete: `unknown option '${key}'` });
  }
  return change;
}

/** Keys that a running or suspended guest has beside its options. */
const isState = (key: string) =>
  ['lock', 'vmstate', 'template', 'parent'].includes(key) || /^unused\d+$/.test(key);
