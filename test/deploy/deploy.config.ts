import { defineConfig } from 'vitest/config';

/** `npm run test:deploy`: every file of deploy/ through the real programs that read it, which tools.sh installs. */
export default defineConfig({
  test: {
    include: ['test/deploy/*.check.ts'],
    globalSetup: ['test/build-once.ts'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    env: { NO_COLOR: '1' },
  },
});
