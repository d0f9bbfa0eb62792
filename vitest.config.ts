import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// A hang is a failure with a name, not a stuck run.
const shared = { testTimeout: 20_000, hookTimeout: 60_000, env: { NO_COLOR: '1' } };

/** These need redis-server, which is no part of Node: see `test/redis-server.ts`. */
const needRedis = ['src/state/redis/redis.test.ts', 'test/ledger/redis-ledger.test.ts', 'test/replicas/**'];
const exclude = process.env.WITH_REDIS === '1' ? [] : needRedis;

export default defineConfig({
  test: {
    // All of them: by itself Vitest leaves one alone, which is half of a small machine.
    maxWorkers: availableParallelism(),
    projects: [
      { test: { ...shared, name: 'rooms', include: ['src/**/*.test.ts'], exclude } },
      // These run the program as it is shipped, so it is built first.
      {
        test: {
          ...shared,
          name: 'house',
          include: ['test/**/*.test.ts'],
          exclude,
          globalSetup: ['test/build-once.ts'],
        },
      },
    ],
  },
});
