// Loaded into the server: at SIGUSR2 it collects its garbage, and appends what is in use then to a file. What V8 has
// not collected yet says nothing about leaks.
const { appendFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  process.on('SIGUSR2', () => {
    collect();
    // What only finalizers let go is gone at the second.
    setTimeout(() => {
      collect();
      const used = process.memoryUsage();
      // V8 gives pages back in the background.
      setTimeout(() => {
        const rss = process.memoryUsage.rss();
        appendFileSync(process.env.SOAK_MEMORY, `${JSON.stringify({ ...used, rss })}\n`);
      }, 1500);
    }, 500);
  });
}
