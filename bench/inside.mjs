// What the search, the check and the gate cost, without a server around them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled, quantile, runJson, table } from './harness.mjs';

export async function benchInside() {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-inside-'));
  try {
    const { memory, questions, searches, calls } = await runJson(await bundled('bench/inside.ts', folder));
    const found = table(
      [`search, ${questions} questions, warm`, 'p50', 'p99', 'at most'],
      [['api_search without its answer', ms(quantile(searches, 0.5)), ms(quantile(searches, 0.99)), '5 ms']],
    );
    const heap = table(
      ['heap over idle', '', 'at most'],
      [
        ['the API description', mib(memory.described), ''],
        ['with the index of the search', mib(memory.indexed), '25 MiB'],
      ],
    );
    const rows = calls.map(({ what, gate, check }) => {
      const both = gate.map((time, at) => time + check[at]);
      return [
        what,
        ...[gate, check, both].map((times) => us(quantile(times, 0.5))),
        us(quantile(both, 0.99)),
      ];
    });
    const judged = table(['before a call is sent', 'gate p50', 'check p50', 'both p50', 'both p99'], rows);
    return [found, heap, judged].join('\n\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ms = (time) => `${time.toFixed(2)} ms`;
const us = (time) => `${time.toFixed(3)} ms`;
const mib = (size) => `${size.toFixed(1)} MiB`;
