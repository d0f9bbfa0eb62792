import { differences } from './compare.ts';
import { RawClient } from './exchange.ts';
import { Lab, sentAt } from './lab.ts';
import { guestPreparations } from './prepare-guests.ts';
import { otherPreparations } from './prepare-others.ts';
import { type Recording, readAll } from './recordings.ts';
import { bytesOf } from './request.ts';
import { replaySocket } from './sockets.ts';

/** Tasks that were recorded while they ran; every other one has ended before the next request is sent. */
const STILL_RUNNING = new Set(['task_running_start', 'vncproxy', 'vncproxy_genpw', 'termproxy']);

/**
 * Sends everything recorded, in the order of time, to the recorded machine as the simulator makes it: over a real socket,
 * on a clock that costs no waiting. Returns by name what is different.
 */
export async function replayAll(): Promise<Map<string, string[]>> {
  const lab = new Lab('2026-11-22T16:25:00Z');
  const { url, close } = await lab.simulator.listen();
  lab.port = Number(new URL(url).port);
  const client = new RawClient(url);
  const found = new Map<string, string[]>();
  for (const row of readAll()) {
    lab.until('websocket' in row ? Date.parse(row.at) : sentAt(row));
    await otherPreparations[row.name]?.(lab);
    await guestPreparations[row.name]?.(lab);
    found.set(row.name, 'websocket' in row ? await replaySocket(row, lab) : await replay(row, lab, client));
  }
  client.close();
  await close();
  return found;
}

async function replay(recording: Recording, lab: Lab, client: RawClient): Promise<string[]> {
  const { name, response } = recording;
  const request = await bytesOf(recording, lab);
  const begun = lab.clock.now();
  const answer = await client.send(request);
  const found = differences(response, answer, lab.clock.now() - begun);
  if (answer?.status === 200 && 'json' in response) {
    const upid = lab.learn(response.json, JSON.parse(answer.body.toString()));
    if (upid !== undefined && !STILL_RUNNING.has(name)) await lab.taskEnds(upid);
  }
  return found;
}
