import type { Call } from '../../call.ts';
import type { SdnKind } from '../../world/sdn.ts';
import { digestOf, type Section } from '../../world/sections.ts';
import { forbidden, no } from '../find.ts';

/** The sections a call looks at: as configured, with `running` as applied, with `pending` both. */
export function seen({ world, params }: Call, kind: SdnKind): ReadonlyMap<string, Section> {
  if (params.pending) return world.sdn.pending(kind);
  return params.running ? world.sdn.running(kind) : world.sdn.config(kind);
}

/** The digest that is shown: of the config, or null for a mixture of two (recorded on PVE 9.2). */
export function shownDigest({ world, params }: Call, kind: SdnKind): string | null {
  return params.pending || params.running ? null : digestOf(world.sdn.config(kind));
}

/** Whether the caller may look at something on that path. */
export function maySee({ principal }: Call, path: string): boolean {
  return principal.may(path, 'SDN.Audit') || principal.may(path, 'SDN.Allocate');
}

/** Demands one of these privileges on that path. */
export function demandAny({ principal }: Call, path: string, ...privileges: string[]): void {
  if (!privileges.some((privilege) => principal.may(path, privilege)))
    throw forbidden(path, privileges.join('|'));
}

/** Refuses a change while somebody else has locked the whole of it. */
export function checkLockToken({ world, params }: Call, line: number): void {
  const { lockToken } = world.sdn;
  if (lockToken === undefined || params['lock-token'] === lockToken) return;
  throw no(`invalid lock token provided! at /usr/share/perl5/PVE/Network/SDN.pm line ${line}.`);
}
