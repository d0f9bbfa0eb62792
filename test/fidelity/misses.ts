/**
 * Recordings that the simulator does not match, each with the reason. The test fails for one that is not here, and for
 * one that is here and matches; `docs/simulator.md` is made from it.
 */
export const misses: Readonly<Record<string, string>> = {
  node_termproxy_root:
    'The recorded machine was too busy to start a terminal within its five seconds; the same call worked later, and the simulator is never too busy.',
  pmxcfs_down_get:
    'The first call after /etc/pve had gone waited twenty seconds for it; the simulator answers after three, as the machine did from then on.',
};
