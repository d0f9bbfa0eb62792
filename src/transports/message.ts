import type { JSONRPCMessage } from '@modelcontextprotocol/server';

/** A JSON-RPC request. */
export type Call = Extract<JSONRPCMessage, { method: string; id: string | number }>;
/** A JSON-RPC result or error. */
export type Response = Exclude<JSONRPCMessage, { method: string }>;

export function isRequest(message: JSONRPCMessage): message is Call {
  return 'method' in message && 'id' in message;
}

export function isResponse(message: JSONRPCMessage): message is Response {
  return !('method' in message);
}

export function requestsIn(messages: readonly JSONRPCMessage[]): Call[] {
  return messages.filter(isRequest);
}

/**
 * Whether a parsed body has the outline of JSON-RPC 2.0. The protocol layer reads it more closely; this much must hold
 * before it is handed on, so that nothing odd (an id that is an object, say) becomes a key of ours.
 */
export function isMessage(value: unknown): value is JSONRPCMessage {
  if (!isObject(value)) return false;
  const { jsonrpc, id, method, params } = value;
  if (jsonrpc !== '2.0') return false;
  if (id !== undefined && typeof id !== 'string' && !Number.isSafeInteger(id)) return false;
  if (params !== undefined && (typeof params !== 'object' || params === null)) return false;
  if (typeof method === 'string') return true;
  return id !== undefined && ('result' in value || 'error' in value);
}

/** The request that a message cancels, if that is what it does. */
export function cancelledBy(message: JSONRPCMessage): string | number | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  const id = message.params?.requestId;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

/**
 * Whether an `initialize` request says what it must. One that does not is refused before anything is made for it.
 */
export function isWholeInitialize(params: unknown): boolean {
  if (!isObject(params)) return false;
  const { protocolVersion, capabilities, clientInfo } = params;
  return (
    typeof protocolVersion === 'string' &&
    isObject(capabilities) &&
    isObject(clientInfo) &&
    typeof clientInfo.name === 'string' &&
    typeof clientInfo.version === 'string'
  );
}

/** A JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
