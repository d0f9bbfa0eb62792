import { workers } from '../schema/workers.ts';

/** The task that a call begins: of which types it may be, and about what. */
export interface ExpectedTask {
  /** Where it runs: the node of the path, or the one that was asked. */
  node: string;
  types: ReadonlySet<string>;
  /** Whether a task's id fits. */
  isAbout(id: string): boolean;
}

/** What task a call begins; nothing for a call that begins none. */
export function expectedTask(
  verb: string,
  path: string,
  params: Readonly<Record<string, unknown>>,
): ExpectedTask | undefined {
  const segments = path.split('/').map(decodeURIComponent);
  for (const [template, task] of Object.entries(workers)) {
    const named = match(template, verb, segments);
    if (named === undefined) continue;
    const words = task.split(' ');
    const about = words.pop() as string;
    const value = { ...params, ...named }[/\{(\w+)\}/.exec(about)?.[1] ?? ''];
    return { node: named.node ?? 'localhost', types: new Set(words), isAbout: idTest(about, value) };
  }
  return undefined;
}

/** The path parameters, where the path is one of this template. */
function match(
  template: string,
  verb: string,
  segments: readonly string[],
): Record<string, string> | undefined {
  const [wanted, path = ''] = template.split(' ');
  const names = path.split('/');
  // A volume id may hold slashes; it comes last.
  const open = names.at(-1) === '{volume}';
  if (wanted !== verb || (open ? names.length > segments.length : names.length !== segments.length))
    return undefined;
  const named: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const segment = segments[index] as string;
    if (name.startsWith('{')) named[name.slice(1, -1)] = segment;
    else if (name !== segment) return undefined;
  }
  return named;
}

function idTest(about: string, value: unknown): (id: string) => boolean {
  // A backup of several guests, or of all there are, is about none of them, or about the only one there is.
  const wanted = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (wanted === '' || /^\d+[,; ]/.test(wanted)) return () => true;
  if (about.startsWith('@')) return (id) => id === wanted || id.endsWith(`@${wanted}`);
  return (id) => id === wanted || percentDecoded(id) === wanted;
}

/** What may not stand in a UPID is percent-encoded there. */
function percentDecoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
