import type { Setting } from './setting.ts';

/** Where settings are read from; the command line is read by `cli.ts`, the only one to touch `process`. */
export interface Sources {
  env: Readonly<Record<string, string | undefined>>;
  /** Flags by their names without dashes; they win over the environment. */
  flags: Readonly<Record<string, string | undefined>>;
  /** Reads a file as text; throws when it can't. */
  readFile(path: string): string;
}

/** The value of one setting; undefined where it is not set, or wrong: then that is among the problems. */
export function readSetting(entry: Setting, sources: Sources, problems: string[]): unknown {
  const found = lookUp(entry, sources, problems);
  if (found === undefined) return undefined;
  const parsed = entry.schema.safeParse(found.value);
  if (parsed.success) return parsed.data;
  // A secret stays out of the message, also one that was pasted into the wrong place.
  const shown =
    entry.secret || entry.mayHoldSecret ? '' : ` (got ${JSON.stringify(found.value.slice(0, 80))})`;
  problems.push(`${found.name}: ${parsed.error.issues[0]?.message ?? 'not understood'}${shown}`);
  return undefined;
}

/** The value and the name it was found under. An empty variable is one that is not set, as compose files have them. */
function lookUp(
  entry: Setting,
  sources: Sources,
  problems: string[],
): { name: string; value: string } | undefined {
  const flag = entry.flag === undefined ? undefined : sources.flags[entry.flag];
  if (flag !== undefined && flag !== '') return { name: `--${entry.flag}`, value: plain(flag) };
  for (const name of [entry.env, ...(entry.aliases ?? [])]) {
    const value = sources.env[name];
    if (value !== undefined && value !== '')
      return { name, value: entry.secret ? withoutLineEnd(value) : plain(value) };
    const file = entry.secret ? sources.env[`${name}_FILE`] : undefined;
    if (file === undefined || file === '') continue;
    try {
      const secret = withoutLineEnd(sources.readFile(file));
      if (secret !== '') return { name: `${name}_FILE`, value: secret };
      problems.push(`${name}_FILE: ${file} is empty`);
      return undefined;
    } catch (error) {
      problems.push(
        `${name}_FILE: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`,
      );
      return undefined;
    }
  }
  return undefined;
}

/** A secret is taken as it stands: a password may begin or end with a space. But editors and `echo` end it with a line break. */
function withoutLineEnd(secret: string): string {
  return secret.replace(/[\r\n]+$/, '');
}

/** Some that read a file of variables, such as docker, leave the quotes on. */
function plain(value: string): string {
  return value.trim().replace(/^(["'])(.*)\1$/, '$2');
}
