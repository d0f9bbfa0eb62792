/** CPU models that PVE 9.2 gives to VMs: QEMU's for both architectures, and its own x86-64 levels. */
const MODELS = new Set(
  `
  486 a64fx athlon Broadwell Broadwell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS Cascadelake-Server
  Cascadelake-Server-noTSX Cascadelake-Server-v2 Cascadelake-Server-v4 Cascadelake-Server-v5 ClearwaterForest
  Conroe Cooperlake Cooperlake-v2 core2duo coreduo cortex-a35 cortex-a53 cortex-a55 cortex-a57 cortex-a710
  cortex-a72 cortex-a76 EPYC EPYC-Genoa EPYC-Genoa-v2 EPYC-IBPB EPYC-Milan EPYC-Milan-v2 EPYC-Milan-v3 EPYC-Rome
  EPYC-Rome-v2 EPYC-Rome-v3 EPYC-Rome-v4 EPYC-Rome-v5 EPYC-Turin EPYC-v3 EPYC-v4 EPYC-v5 GraniteRapids
  GraniteRapids-v2 GraniteRapids-v3 Haswell Haswell-IBRS Haswell-noTSX Haswell-noTSX-IBRS host Icelake-Client
  Icelake-Client-noTSX Icelake-Server Icelake-Server-noTSX Icelake-Server-v3 Icelake-Server-v4 Icelake-Server-v5
  Icelake-Server-v6 Icelake-Server-v7 IvyBridge IvyBridge-IBRS KnightsMill kvm32 kvm64 max Nehalem Nehalem-IBRS
  neoverse-n1 neoverse-n2 neoverse-v1 Opteron_G1 Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5 Penryn pentium
  pentium2 pentium3 phenom qemu32 qemu64 SandyBridge SandyBridge-IBRS SapphireRapids SapphireRapids-v2
  SapphireRapids-v3 SapphireRapids-v4 SierraForest SierraForest-v2 SierraForest-v3 Skylake-Client
  Skylake-Client-IBRS Skylake-Client-noTSX-IBRS Skylake-Client-v4 Skylake-Server Skylake-Server-IBRS
  Skylake-Server-noTSX-IBRS Skylake-Server-v4 Skylake-Server-v5 Westmere Westmere-IBRS x86-64-v2 x86-64-v2-AES
  x86-64-v3 x86-64-v4`
    .trim()
    .split(/\s+/),
);

/** The flags that one VM may set for itself; all others are for custom models. */
const FLAGS =
  `aes amd-no-ssb amd-ssbd hv-evmcs hv-tlbflush ibpb md-clear nested-virt pcid pdpe1gb spec-ctrl ssbd virt-ssbd`.split(
    ' ',
  );

/** What is wrong between the keys of a VM's `cpu`. Whether a `custom-…` model exists only a cluster can say. */
export function checkVmCpu(cpu: Record<string, unknown>): string | undefined {
  const type = cpu.cputype;
  if (typeof type !== 'string' || type === '0') return 'CPU is missing cputype';
  if (!type.startsWith('custom-') && !MODELS.has(type)) {
    return `Built-in cputype '${type}' is not defined (missing 'custom-' prefix?)`;
  }
  const flags = typeof cpu.flags === 'string' ? cpu.flags.split(';') : [];
  if (!flags.every((flag) => /^[+-]/.test(flag) && FLAGS.includes(flag.slice(1)))) {
    return `VM-specific CPU flags must be a subset of: ${FLAGS.join(', ')}`;
  }
  return cpu['reported-model'] === undefined
    ? undefined
    : "Property 'reported-model' not allowed in VM-specific CPU config.";
}
