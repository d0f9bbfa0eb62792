import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { realClock } from '../../src/clock.ts';
import { createSimulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { run } from '../program.ts';

/** A cluster over HTTPS at the right time, and the program with settings for it. */
export async function patient(options: SimulatorOptions = {}) {
  const simulator = createSimulator({ seed: 'demo', clock: realClock, ...options });
  const listening = await simulator.listen();
  onTestFinished(() => listening.close());
  const home = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const env: Record<string, string> = {
    HOME: home,
    MCP_STATE_DIR: join(home, 'state'),
    PROXMOX_URL: listening.url,
    PROXMOX_FINGERPRINT: listening.fingerprint,
    PROXMOX_TOKEN_ID: 'root@pam!full',
    PROXMOX_PASSWORD: simulator.logins['root@pam!full'] ?? '',
  };
  const doctor = (more: Record<string, string> = {}, args: string[] = []) =>
    examined({ ...env, ...more }, args);
  return { simulator, listening, home, env, doctor };
}

/** Runs the doctor; the findings are those of `--json`. */
export async function examined(env: Record<string, string>, args: string[] = []) {
  const { code, stdout, stderr } = await run(['doctor', '--json', ...args], { env });
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  const about = (check: string) => findings.filter((finding) => finding.check === check);
  const bad = findings.filter(({ state }) => state === 'bad');
  return { code, stdout, stderr, ok, findings, about, bad };
}
