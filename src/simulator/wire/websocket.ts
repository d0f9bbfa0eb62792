import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ConsoleProxy } from '../world/console-proxies.ts';
import type { Incoming } from './message.ts';

/** What pveproxy takes in one frame, and sends in one, in bytes. */
const LARGEST = 128 * 1024;

const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** Whether the request asks for a websocket; what it asks for in a wrong way is refused in Proxmox's words. */
export function readUpgrade(request: Incoming, path: string): { problem?: string } | undefined {
  const { upgrade, 'sec-websocket-version': version, 'sec-websocket-key': key } = request.headers;
  if (!upgrade || request.method !== 'GET' || !path.endsWith('websocket')) return undefined;
  if (upgrade.toLowerCase() !== 'websocket')
    return { problem: `unable to upgrade to protocol '${upgrade.toLowerCase()}'\n` };
  if (version !== '13') return { problem: `unsupported websocket-version '${version ?? ''}'\n` };
  return key ? {} : { problem: 'missing websocket-key\n' };
}

/** The lines of the 101 as recorded on PVE 9.2: the subprotocol is given back as it was asked for. */
export function switchingHead(request: Incoming): string {
  const { 'sec-websocket-key': key, 'sec-websocket-protocol': protocol } = request.headers;
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * Joins a websocket and a console the way pveproxy does: a client's frames must be whole, masked and at most 128 KiB; a
 * close frame is not answered, and the end of the console is the end of the connection, without a close frame.
 */
export function serveWebsocket(socket: Duplex, proxy: ConsoleProxy): void {
  let pending: Buffer = Buffer.alloc(0);
  const program = proxy.connect({
    send(bytes) {
      for (let at = 0; at < bytes.length; at += LARGEST) send(BINARY, bytes.subarray(at, at + LARGEST));
    },
    end: () => void socket.end(),
  });

  function send(opcode: number, payload: Buffer): void {
    if (!socket.writableEnded && !socket.destroyed)
      socket.write(Buffer.concat([frameHead(opcode, payload.length), payload]));
  }

  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let frame = readFrame(pending); frame !== 'more'; frame = readFrame(pending)) {
      if (frame === 'broken') return void socket.destroy();
      pending = pending.subarray(frame.used);
      if (frame.opcode === PING) send(PONG, frame.payload);
      else if (frame.opcode === CLOSE) return void socket.end();
      else if (frame.opcode !== PONG) program.receive(frame.payload);
    }
  });
  let gone = false;
  const leave = () => {
    if (!gone) program.hangUp();
    gone = true;
    socket.end();
  };
  socket.on('end', leave);
  socket.on('close', leave);
  socket.on('error', () => socket.destroy());
}

function frameHead(opcode: number, length: number): Buffer {
  const first = 0x80 | opcode;
  if (length <= 125) return Buffer.from([first, length]);
  if (length <= 0xffff) return Buffer.from([first, 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

interface Frame {
  opcode: number;
  payload: Buffer;
  used: number;
}

/** The first frame of what has come. */
function readFrame(bytes: Buffer): Frame | 'more' | 'broken' {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return 'more';
  const opcode = first & 0x0f;
  const whole = (first & 0xf0) === 0x80;
  const masked = (second & 0x80) !== 0;
  if (!whole || !masked || ![1, BINARY, CLOSE, PING, PONG].includes(opcode)) return 'broken';
  let length = second & 0x7f;
  let at = 2;
  if (length === 126) {
    if (bytes.length < 4) return 'more';
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return 'more';
    length = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  if (length > LARGEST) return 'broken';
  const used = at + 4 + length;
  if (bytes.length < used) return 'more';
  const mask = bytes.subarray(at, at + 4);
  const payload = Buffer.from(bytes.subarray(at + 4, used));
  for (let i = 0; i < length; i++) payload[i] = (payload[i] as number) ^ (mask[i & 3] as number);
  return { opcode, payload, used };
}
