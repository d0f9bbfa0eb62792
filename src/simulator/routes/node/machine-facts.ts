// Facts of QEMU 10.0 as PVE 9.2 lists them (recorded).

/** CPU models of no maker. */
export const genericModels = 'host kvm32 kvm64 max qemu32 qemu64 x86-64-v2 x86-64-v2-AES x86-64-v3 x86-64-v4';

/** CPU models by Intel. */
export const intelModels =
  '486 Broadwell Broadwell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS Cascadelake-Server ' +
  'Cascadelake-Server-noTSX Cascadelake-Server-v2 Cascadelake-Server-v4 Cascadelake-Server-v5 ' +
  'ClearwaterForest Conroe Cooperlake Cooperlake-v2 GraniteRapids GraniteRapids-v2 GraniteRapids-v3 ' +
  'Haswell Haswell-IBRS Haswell-noTSX Haswell-noTSX-IBRS Icelake-Client Icelake-Client-noTSX ' +
  'Icelake-Server Icelake-Server-noTSX Icelake-Server-v3 Icelake-Server-v4 Icelake-Server-v5 ' +
  'Icelake-Server-v6 Icelake-Server-v7 IvyBridge IvyBridge-IBRS KnightsMill Nehalem Nehalem-IBRS Penryn ' +
  'SandyBridge SandyBridge-IBRS SapphireRapids SapphireRapids-v2 SapphireRapids-v3 SapphireRapids-v4 ' +
  'SierraForest SierraForest-v2 SierraForest-v3 Skylake-Client Skylake-Client-IBRS ' +
  'Skylake-Client-noTSX-IBRS Skylake-Client-v4 Skylake-Server Skylake-Server-IBRS ' +
  'Skylake-Server-noTSX-IBRS Skylake-Server-v4 Skylake-Server-v5 Westmere Westmere-IBRS core2duo ' +
  'coreduo pentium pentium2 pentium3';

/** CPU models by AMD. */
export const amdModels =
  'EPYC EPYC-Genoa EPYC-Genoa-v2 EPYC-IBPB EPYC-Milan EPYC-Milan-v2 EPYC-Milan-v3 EPYC-Rome ' +
  'EPYC-Rome-v2 EPYC-Rome-v3 EPYC-Rome-v4 EPYC-Rome-v5 EPYC-Turin EPYC-v3 EPYC-v4 EPYC-v5 Opteron_G1 ' +
  'Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5 athlon phenom';

/** Versions of the emulated machines, newest first: what Proxmox changed, and the chipset where it is not both. */
export const machineVersions: [version: string, changes?: string | undefined, only?: string][] = [
  ['10.0+pve1', 'host_mtu is always set'],
  ['10.0'],
  ['9.2+pve1', 'S3 and S4 are off'],
  ['9.2'],
  ['9.1'],
  ['9.0'],
  ['8.2'],
  ['8.1'],
  ['8.0'],
  ['7.2'],
  ['7.1'],
  ['7.0'],
  ['6.2'],
  ['6.1'],
  ['6.0'],
  ['5.2'],
  ['5.1'],
  ['5.0'],
  ['4.2'],
  ['4.1+pve2', 'more SCSI drives'],
  ['4.1+pve1', 'the first of its kind'],
  ['4.1'],
  ['4.0'],
  ['4.0.1', undefined, 'q35'],
  ['3.1'],
  ['3.0'],
  ['2.12'],
  ['2.11'],
  ['2.10'],
  ['2.9'],
  ['2.8'],
  ['2.7'],
  ['2.6'],
  ['2.5'],
  ['2.4'],
];
