import * as z from 'zod';

/** Where a setting's value may come from, beside its environment variable. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  env: string;
  /** Other names of the variable, for those who come from elsewhere. */
  aliases?: readonly string[];
  /** Command line flag; a secret has none, because every user of the machine can read a command line. */
  flag?: string;
  /** A flag that is given without a value. */
  isSwitch?: true;
  /** A secret is also read from the file that `<env>_FILE` names. */
  secret?: true;
  /** People paste whole login lines here; a wrong value is not repeated. */
  mayHoldSecret?: true;
  schema: Schema;
  /** What a value looks like, for help and messages. */
  shape: string;
  /** As help shows it; absent when there is none. */
  default?: string;
  help: string;
}

export function setting<Schema extends z.ZodType>(entry: Setting<Schema>): Setting<Schema> {
  return entry;
}

const flagWords = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

export const yesOrNo = z.string().transform((word, context) => {
  const value = flagWords.get(word.toLowerCase());
  if (value !== undefined) return value;
  context.addIssue({ code: 'custom', message: 'expected true or false' });
  return z.NEVER;
});

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

export const hostPatterns = list.refine(
  (entries) =>
    entries.every((entry) => /^([a-z]+:\/\/)?([\w.-]+|\[[\da-f:.]+\])(:(\d{1,5}|\*))?$/i.test(entry)),
  {
    error: 'expected a comma list of host, host:port or host:*',
  },
);

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: `expected a whole number from ${least} to ${most}`,
    })
    .transform(Number);

/** A comma list whose entries `parse` reads, each with its own problem. */
export const listOf = <Entry extends object>(parse: (text: string) => Entry | { problem: string }) =>
  list.transform((texts, context) => {
    const entries: Entry[] = [];
    for (const text of texts) {
      const entry = parse(text);
      if ('problem' in entry) context.addIssue({ code: 'custom', message: entry.problem });
      else entries.push(entry);
    }
    return entries;
  });
