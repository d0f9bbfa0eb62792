import { type Call, parameterErrors, type Routes } from '../../call.ts';
import { REALMS } from '../../world/realms.ts';
import { no } from '../find.ts';
import { asText } from '../section-config.ts';
import { sectionRoutes } from '../section-routes.ts';

/** `GET /cluster/jobs/schedule-analyze`: exact for `daily`, `hourly`, `weekly`, times of day and `*:0/N`. */
function analyze({ world, params }: Call) {
  const schedule = String(params.schedule);
  const start = params.starttime ?? world.seconds();
  const [, hour, minute] = /(?:^|\s)(\d{1,2}):(\d{2})$/.exec(schedule) ?? [];
  const every = /^(?:\*:)?(?:0|\*)\/(\d+)$/.exec(schedule)?.[1];
  const step = every
    ? Number(every) * 60
    : schedule === 'hourly'
      ? 3600
      : schedule === 'weekly'
        ? 604_800
        : 86_400;
  // Weeks begin on Mondays, and day 4 was one.
  const offset = schedule === 'weekly' ? 4 * 86_400 : hour ? Number(hour) * 3600 + Number(minute) * 60 : 0;
  const first = (Math.floor((start - offset) / step) + 1) * step + offset;
  return Array.from({ length: params.iterations ?? 10 }, (_, index) => {
    const timestamp = first + index * step;
    return {
      timestamp,
      utc: `${new Date(timestamp * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    };
  });
}

/** Jobs beside backups. They are kept; none ever starts by itself. */
export const clusterJobRoutes: Routes = {
  'GET /cluster/jobs': () => [{ subdir: 'realm-sync' }, { subdir: 'schedule-analyze' }],
  'GET /cluster/jobs/schedule-analyze': analyze,
  ...sectionRoutes({
    ...{ file: 'realm-sync', base: '/cluster/jobs/realm-sync', id: 'id', postTo: 'own' },
    unknown: (id) => parameterErrors({ id: `No such job '${id}'` }),
    absent: () => no('no such realm-sync job'),
    taken: (id) => no(`Job '${id}' already exists`),
    gone: (id) => asText(parameterErrors({ id: `No such job '${id}'` })),
    row: (id, section) => ({ ...section, id }),
    view: (id, section) => ({ ...section, id }),
    check: (call, { realm }) => {
      const type =
        call.world.sections.of('domains').get(String(realm))?.type ?? REALMS.get(String(realm))?.type;
      if (type === undefined) throw asText(parameterErrors({ realm: `No such realm '${realm}'` }));
      if (type !== 'ldap' && type !== 'ad')
        throw asText(parameterErrors({ realm: 'Only LDAP/AD realms can be synced.' }));
    },
  }),
};
