import type { Handler, Routes } from '../../call.ts';
import { no } from '../find.ts';

const node = '/nodes/{node}/ceph';
const cluster = '/cluster/ceph';

/** What a node without Ceph says to whatever needs that program; `ceph-mon` is looked for first. */
const lacking = (program: string): Handler => {
  return () => {
    throw no(`binary not installed: /usr/bin/${program}`);
  };
};

const needing = [
  ...['cfg/db', 'cfg/raw', 'cfg/value', 'cmd-safety', 'crush', 'fs', 'log', 'mds', 'mgr', 'mon', 'osd'].map(
    (path) => `GET ${node}/${path}`,
  ),
  ...['osd/{osdid}/metadata', 'osd/{osdid}/lv-info', 'pool', 'pool/{name}/status', 'rules', 'status'].map(
    (path) => `GET ${node}/${path}`,
  ),
  ...['stop', 'start', 'restart', 'restart-bulk', 'fs/{name}', 'mon/{monid}', 'osd', 'pool'].map(
    (path) => `POST ${node}/${path}`,
  ),
  ...['in', 'out', 'scrub'].map((verb) => `POST ${node}/osd/{osdid}/${verb}`),
  ...['fs/{name}', 'mds/{name}', 'mgr/{id}', 'mon/{monid}', 'osd/{osdid}', 'pool/{name}'].map(
    (path) => `DELETE ${node}/${path}`,
  ),
  `PUT ${node}/pool/{name}`,
  ...['metadata', 'status', 'flags', 'flags/{flag}'].map((path) => `GET ${cluster}/${path}`),
  ...['flags', 'flags/{flag}'].map((path) => `PUT ${cluster}/${path}`),
  `POST ${cluster}/restart-bulk`,
];

const names = (list: string) => () => list.split(' ').map((name) => ({ name }));

/** Every release that PVE knows of, those for PVE 9 marked (PVE 9.2). */
const releases = [
  ['octopus', '15.2'],
  ['pacific', '16.2'],
  ['quincy', '17.2'],
  ['reef', '18.2'],
  ['squid', '19.2'],
  ['tentacle', '20.2'],
].map(([release, version]) => ({
  ...{ release, version, available: Number(version) >= 19 ? 1 : 0, unsupported: 0 },
  'is-default': release === 'tentacle' ? 1 : 0,
}));

/** Ceph is not installed here, and says so. */
export const cephRoutes: Routes = {
  [`GET ${node}`]: names(
    'cmd-safety cfg crush fs init log mds mgr mon osd pool releases restart restart-bulk rules start status stop',
  ),
  [`GET ${node}/cfg`]: names('raw db value'),
  [`GET ${node}/releases`]: () => releases,
  [`GET ${node}/osd/{osdid}`]: names('metadata lv-info'),
  [`GET ${node}/pool/{name}`]: names('status'),
  [`GET ${cluster}`]: names('flags metadata restart-bulk status'),
  ...Object.fromEntries(needing.map((line) => [line, lacking('ceph-mon')])),
  [`POST ${node}/init`]: lacking('ceph'),
  [`POST ${node}/mds/{name}`]: lacking('ceph-mds'),
  [`POST ${node}/mgr/{id}`]: lacking('ceph-mgr'),
};
