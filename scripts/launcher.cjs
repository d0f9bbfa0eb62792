#!/usr/bin/env node
// Starts main.cjs from V8's code cache, which takes a third off the time to the first answer. The build makes the cache;
// on a machine with another V8 the first run makes one. It fits one build and one V8, and is never needed: without it
// the program is compiled as usual.
'use strict';
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const build = '@BUILD@';
const filename = join(__dirname, 'main.cjs');
const cacheName = `main-${build}-${process.versions.v8}-${process.arch}.cache`;
const cacheFiles = [
  join(__dirname, cacheName),
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'proxmox-mcp', cacheName),
];

/** The cache is code: one that somebody else could have written is not used. */
function readCache() {
  const uid = process.getuid?.();
  for (const file of cacheFiles) {
    try {
      const { uid: owner, mode } = statSync(file);
      const ours = uid === undefined || owner === uid || owner === 0;
      if (ours && (mode & 0o022) === 0) return readFileSync(file);
    } catch {
      // Not there: the next one.
    }
  }
  return undefined;
}

/** Where no cache can be written, nothing is lost but time. */
function writeCache() {
  const data = script.createCachedData();
  for (const file of cacheFiles) {
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      // Renamed into place, because another process may be reading it.
      writeFileSync(`${file}.${process.pid}`, data, { mode: 0o644 });
      renameSync(`${file}.${process.pid}`, file);
      return;
    } catch {
      // Not writable: the next one.
    }
  }
}

const cachedData = readCache();
const script = new Script(
  `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'latin1')}\n})`,
  { filename, cachedData },
);
const program = { exports: {} };
script.runInThisContext()(program.exports, require, program, filename, __dirname);
const cached = cachedData !== undefined && !script.cachedDataRejected;
program.exports.main({ keepCache: cached ? undefined : writeCache });
