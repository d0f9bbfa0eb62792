import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/build-once.ts'],
    // A hang is a failure with a name, not a stuck run.
    testTimeout: 20_000,
    env: { NO_COLOR: '1' },
  },
});
