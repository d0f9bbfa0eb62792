import { ApiError, type Call, type Routes } from '../../call.ts';
import { amdModels, genericModels, intelModels, machineVersions } from './machine-facts.ts';

const base = '/nodes/{node}/capabilities';

/** Levels of the instruction set are no models of a maker: they are abstract. */
const models = (vendor: string, names: string) =>
  names.split(' ').map((name) => ({
    ...{ name, vendor, custom: 0 },
    ...(name.startsWith('x86-64-v') && { abstract: 1 }),
  }));

/** Every version of both chipsets, newest first; what changed is said where Proxmox changed it. */
function machines() {
  return machineVersions.flatMap(([version, changes, only]) =>
    (only === undefined ? ['i440fx', 'q35'] : [only]).map((type) => ({
      ...{ id: `pc-${type}-${version}`, type, version },
      ...(changes && { changes }),
    })),
  );
}

/** The flags that a VM may set, by whether a processor of AMD has them (names from PVE 9.2). */
const amdFlags = 'aes amd-ssbd hv-tlbflush ibpb nested-virt pcid pdpe1gb virt-ssbd'.split(' ');
const otherFlags = 'amd-no-ssb hv-evmcs md-clear spec-ctrl ssbd'.split(' ');

/** Which nodes have them: those with a processor that can virtualise. Without acceleration it is for QEMU to say. */
function cpuFlags({ world, params }: Call) {
  if (params.arch === 'aarch64') return [];
  if (params.accel === 'tcg')
    throw new ApiError(501, `Method 'GET /nodes/${params.node}/capabilities/qemu/cpu-flags' not implemented`);
  const nodes = [...world.nodes.values()].filter(({ hardware }) => !hardware.bios).map(({ name }) => name);
  return [...amdFlags, ...otherFlags]
    .sort()
    .map((name) => ({ name, 'supported-on': amdFlags.includes(name) ? nodes : [] }));
}

/** What QEMU on this node can emulate (recorded on PVE 9.2). */
export const nodeCapabilityRoutes: Routes = {
  [`GET ${base}`]: () => [{ name: 'qemu' }],
  [`GET ${base}/qemu`]: () => ['cpu', 'cpu-flags', 'machines', 'migration'].map((name) => ({ name })),
  [`GET ${base}/qemu/cpu`]: ({ world }) => [
    ...models('default', genericModels),
    ...models('GenuineIntel', intelModels),
    ...models('AuthenticAMD', amdModels),
    ...[...world.sections.of('cpu-models')].map(([name, model]) => ({
      ...{ name: `custom-${name}`, vendor: model['vendor-id'] ?? 'default', custom: 1 },
    })),
  ],
  [`GET ${base}/qemu/cpu-flags`]: cpuFlags,
  [`GET ${base}/qemu/machines`]: machines,
  [`GET ${base}/qemu/migration`]: () => ({ 'has-dbus-vmstate': true }),
};
