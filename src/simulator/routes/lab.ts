// How the tests of this room speak to a cluster: one call, or a call and the task it starts.
import { createSimulator } from '../simulator.ts';
import { ask } from '../testing.ts';

type Fields = Record<string, string | number>;

/** A small cluster and ways to ask it things, as root@pam's full token unless told otherwise. */
export function lab(seed: 'tiny' | 'demo' = 'tiny') {
  const simulator = createSimulator({ seed });
  const { world } = simulator;
  /** One call; a text is sent as the body it is, for what a table of fields cannot say. */
  const call = (line: string, form?: Fields | string, as = 'root@pam!full') =>
    ask(simulator, line, { as, ...(typeof form === 'string' ? { body: form } : form && { form }) });

  /** What a call answers as `data`. */
  const data = async (line: string, form?: Fields, as?: string) => (await call(line, form, as)).json.data;

  /** What a call is refused with: status and reason, and the parameters where they are named. */
  const refusal = async (line: string, form?: Fields, as?: string) => {
    const { status, reason, json } = await call(line, form, as);
    return json?.errors ? [status, json.errors] : [status, reason];
  };

  /** Starts a task and waits for its end on the virtual clock. */
  const task = async (line: string, form?: Fields | string, as?: string) => {
    const { status, reason, json } = await call(line, form, as);
    if (status !== 200) throw new Error(`${line}: ${status} ${reason}`);
    const upid: string = json.data;
    const path = `/nodes/${upid.split(':')[1]}/tasks/${encodeURIComponent(upid)}`;
    for (;;) {
      const state = await data(`GET ${path}/status`);
      if (state.status === 'stopped') {
        const log: { t: string }[] = await data(`GET ${path}/log?limit=0`);
        return { upid, type: upid.split(':')[5], exitstatus: state.exitstatus, log: log.map(({ t }) => t) };
      }
      await world.clock.sleep(500);
    }
  };

  return { simulator, world, call, data, refusal, task, sleep: (ms: number) => world.clock.sleep(ms) };
}
