import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/**
 * `npm run test:deploy`: every file of deploy/ through the real programs that read it, which tools.sh installs. Traefik is
 * no Debian package: its tests join where `tools.sh --with-traefik` has been run.
 */
const withTraefik = existsSync('node_modules/.cache/deploy/python/bin/traefik');

export default defineConfig({
  test: {
    include: ['test/deploy/*.check.ts'],
    exclude: withTraefik ? [] : ['test/deploy/traefik.check.ts'],
    globalSetup: ['test/build-once.ts'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    env: { NO_COLOR: '1' },
  },
});
