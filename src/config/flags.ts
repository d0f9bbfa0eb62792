import { settings } from './settings.ts';

type Options = Record<string, { type: 'string' } | { type: 'boolean' }>;

/** The settings' flags as `parseArgs` of node:util takes them. */
export const settingOptions: Options = Object.fromEntries(
  Object.values(settings).flatMap((entry) =>
    'flag' in entry && entry.flag !== undefined
      ? [[entry.flag, { type: 'isSwitch' in entry && entry.isSwitch ? 'boolean' : 'string' }]]
      : [],
  ),
);

/** What `parseArgs` found, as words: a switch that is given is the word `true`. */
export function flags(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(values).filter(
    ([name, value]) => name in settingOptions && value !== undefined,
  );
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
