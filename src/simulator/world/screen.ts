import type { Line, Program } from './console-proxies.ts';

const VERSION = 'RFB 003.008\n';
const NO_SCREEN = 'The simulated machine has no screen.';

/** As far as a screen is simulated: RFB's greeting (recorded on PVE 9.2), and then its own way to say no. */
export function screen(line: Line, ended: () => void): Program {
  let heard = Buffer.alloc(0);
  line.send(Buffer.from(VERSION));
  return {
    receive(bytes) {
      heard = Buffer.concat([heard, bytes]);
      if (heard.length < VERSION.length) return;
      // No security types, and why.
      const reason = Buffer.alloc(5 + NO_SCREEN.length);
      reason.writeUInt32BE(NO_SCREEN.length, 1);
      reason.write(NO_SCREEN, 5);
      line.send(reason);
      ended();
      line.end();
    },
    hangUp: ended,
  };
}
