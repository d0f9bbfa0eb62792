#!/usr/bin/env node
// Starts the program from V8's code cache, which takes a third off the time to the first answer. The program is in two files
// of parts: main.cjs has those of the first answers, later.cjs the rest, which is read when one of them is first asked for.
// The build makes a cache of each; on a machine with another V8 the first run makes them. One fits one build and one V8,
// and is never needed: without it the program is compiled as usual.
'use strict';
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const build = '@BUILD@';
const parts = new Map();
const loaded = new Map();

function load(file) {
  const filename = join(__dirname, `${file}.cjs`);
  const cacheFiles = placesOf(`${file}-${build}-${process.versions.v8}-${process.arch}.cache`);
  const cachedData = readCache(cacheFiles);
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  for (const [name, part] of Object.entries(script.runInThisContext())) parts.set(name, part);
  if (cachedData === undefined || script.cachedDataRejected)
    process.once('exit', () => writeCache(cacheFiles, script.createCachedData()));
}

/** `require` of the parts: one of ours by its name, anything else as usual. */
function need(name) {
  if (!name.startsWith('./part-')) return require(name);
  const before = loaded.get(name);
  if (before !== undefined) return before.exports;
  if (!parts.has(name)) load('later');
  const module = { exports: {} };
  loaded.set(name, module);
  parts.get(name)(module.exports, need, module);
  // Values in place of esbuild's getters, through which every call between parts would go.
  module.exports = { ...module.exports };
  return module.exports;
}

function placesOf(cacheName) {
  const home = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return [join(__dirname, cacheName), join(home, 'proxmox-mcp', cacheName)];
}

/** The cache is code: one that somebody else could have written is not used. */
function readCache(cacheFiles) {
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
function writeCache(cacheFiles, data) {
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

load('main');
need('./part-cli.js').main();
