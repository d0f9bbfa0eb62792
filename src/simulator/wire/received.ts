import type { Login } from './authenticate.ts';
import type { Incoming } from './message.ts';
import { utf8Of } from './percent.ts';

/** One request that reached the simulator, whatever became of it. */
export interface Received {
  method: string;
  /** Decoded, without the query: `/api2/json/nodes/pve1/qemu`. */
  path: string;
  /** As sent, without the question mark. */
  query: string;
  /** As sent. */
  body: string;
  /** `user@realm` or `user@realm!token`; absent where nobody was logged in. */
  login: string | undefined;
}

const REMEMBERED = 1000;

/** Writes a request down; the list keeps the last thousand. Returns what to call once it is known whose it was. */
export function writeDown(list: Received[], request: Incoming, path: string): (login: Login) => void {
  const cut = request.target.indexOf('?');
  const entry: Received = {
    method: request.method,
    path: utf8Of(path),
    query: cut < 0 ? '' : request.target.slice(cut + 1),
    body: utf8Of(request.body),
    login: undefined,
  };
  list.push(entry);
  if (list.length > REMEMBERED) list.shift();
  return (login) => {
    entry.login = login.principal?.authid;
  };
}
