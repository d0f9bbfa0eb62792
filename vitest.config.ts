import { defineConfig } from 'vitest/config';

// A hang is a failure with a name, not a stuck run.
const shared = { testTimeout: 20_000, hookTimeout: 60_000, env: { NO_COLOR: '1' } };

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: 'rooms', include: ['src/**/*.test.ts'] } },
      // These run the program as it is shipped, so it is built first.
      {
        test: {
          ...shared,
          name: 'house',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/build-once.ts'],
        },
      },
    ],
  },
});
