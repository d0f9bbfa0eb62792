import { defineConfig } from 'vitest/config';

/** `npm run test:real`: the client's suite against a real server, which the environment names (see real.ts). */
export default defineConfig({
  test: {
    include: ['test/client/real.ts'],
    // One after the other: a server is not to be loaded by its test.
    fileParallelism: false,
    testTimeout: 300_000,
    env: { NO_COLOR: '1' },
  },
});
