/**
 * What a login holds, as `GET /access/permissions` tells it: privileges by path of the access control list, 1 where they also
 * hold below that path (recorded on PVE 9.2).
 */
export type Held = Readonly<Record<string, Readonly<Record<string, 0 | 1>>>>;

/** Whether a privilege is held on a path: `some` where that depends on what its unknown parameters stand for. */
export type Holding = 'yes' | 'no' | 'some';

/**
 * Looks a privilege up as Proxmox does: what is listed for the path itself counts and nothing else; else what comes down from the
 * nearest path above that hands something down. Unknown `{parameters}` may stand for anything.
 *
 * A path on which everything was taken away (`NoAccess`) is not listed, and looks like one that inherits.
 */
export function holding(held: Held, path: string, privilege: string): Holding {
  if (!path.includes('{')) return holdsOn(held, path, privilege) ? 'yes' : 'no';
  const shape = new RegExp(
    `^${path
      .split(/\{[^}]*\}/)
      .map(escaped)
      .join('[^/]+')}$`,
  );
  const answers = [...Object.keys(held).filter((one) => shape.test(one)), path].map((one) =>
    holdsOn(held, one, privilege),
  );
  if (answers.every(Boolean)) return 'yes';
  return answers.some(Boolean) ? 'some' : 'no';
}

function holdsOn(held: Held, path: string, privilege: string): boolean {
  const listed = listedOn(held, path);
  if (listed !== undefined) return Object.hasOwn(listed, privilege);
  for (let above = parentOf(path); above !== undefined; above = parentOf(above)) {
    const inherited = Object.entries(listedOn(held, above) ?? {}).filter(([, hands]) => Number(hands) === 1);
    if (inherited.length > 0) return inherited.some(([name]) => name === privilege);
  }
  return false;
}

function listedOn(held: Held, path: string): Readonly<Record<string, 0 | 1>> | undefined {
  return Object.hasOwn(held, path) ? held[path] : undefined;
}

function parentOf(path: string): string | undefined {
  if (path === '/') return undefined;
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
