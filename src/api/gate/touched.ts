import type { Read } from '../change.ts';
import type { Call } from './call.ts';
import type { TouchedGuest } from './plan.ts';

/** The guests that a change touches, whether its path names them, a parameter, a volume, a task, or nothing does. */
export async function touchedGuests(_call: Call, _read: Read): Promise<TouchedGuest[]> {
  return [];
}
