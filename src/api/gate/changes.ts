import type { Plan, TouchedGuest } from './plan.ts';
import { named, shown } from './plan-text.ts';

/** What is another now than in the plan before for the same call, in sentences. */
export function changes(before: Plan, now: Pick<Plan, 'guests' | 'loses'>): string[] {
  const was = new Map(before.guests.map((guest) => [guest.vmid, guest]));
  const is = new Map(now.guests.map((guest) => [guest.vmid, guest]));
  return [
    ...before.guests
      .filter(({ vmid }) => !is.has(vmid))
      .map((guest) => `${named(guest)} is not touched any more`),
    ...now.guests.flatMap((guest) => {
      const old = was.get(guest.vmid);
      if (old === undefined) return before.moreGuests === undefined ? [`${named(guest)} is touched now`] : [];
      return differences(old, guest).map((text) => `${named(guest)}: ${text}`);
    }),
    ...now.loses.filter((text) => !before.loses.includes(text)).map((text) => `lost now: ${text}`),
    ...before.loses.filter((text) => !now.loses.includes(text)).map((text) => `not lost any more: ${text}`),
  ];
}

function differences(was: TouchedGuest, is: TouchedGuest): string[] {
  const plain = (['name', 'node', 'status', 'pool'] as const).filter((fact) => was[fact] !== is[fact]);
  const told = plain.map((fact) => `its ${fact} was ${word(was[fact])} and is ${word(is[fact])}`);
  if (was.tags.join() !== is.tags.join())
    told.push(`its tags were ${word(was.tags.join(','))} and are ${word(is.tags.join(','))}`);
  if (was.digest !== is.digest) told.push('its configuration is another');
  return told;
}

function word(text: string | undefined): string {
  return text === undefined || text === '' ? 'none' : shown(text);
}
