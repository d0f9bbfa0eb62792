import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createGuard } from './guard.ts';

const options = {
  allowedHosts: ['mcp.example', 'lan.example:8000', 'any.example:*'],
  allowedOrigins: ['app.example', 'https://safe.example'],
};

function status(headers: Record<string, string>, method = 'GET'): number {
  return createGuard(options).refuse({ method, headers } as unknown as IncomingMessage)?.status ?? 200;
}

test.each([
  ['127.0.0.1:8000', 200],
  ['localhost', 200],
  ['LOCALHOST:1', 200],
  ['[::1]:8000', 200],
  ['mcp.example', 200],
  ['mcp.example:8000', 421],
  ['lan.example:8000', 200],
  ['lan.example', 421],
  ['lan.example:8001', 421],
  ['any.example:1', 200],
  ['any.example', 421],
  ['any.example:evil', 421],
  ['any.example:1.evil.example', 421],
  ['evil.example', 421],
  ['127.0.0.1.evil.example', 421],
  ['127.0.0.1:8000@evil.example', 421],
  ['', 421],
])('Host %j answers %i', (host, expected) => {
  expect(status({ host })).toBe(expected);
});

test('a request without a Host is turned away', () => {
  expect(status({})).toBe(421);
});

test.each([
  ['http://localhost:5173', 200],
  ['http://127.0.0.1', 200],
  ['http://app.example', 200],
  ['https://app.example', 200],
  ['https://app.example:444', 403],
  ['https://safe.example', 200],
  ['http://safe.example', 403],
  ['https://evil.example', 403],
  ['null', 403],
])('Origin %j answers %i', (origin, expected) => {
  expect(status({ host: 'localhost', origin })).toBe(expected);
});

test.each([
  ['application/json', 200],
  ['application/json; charset=utf-8', 200],
  ['text/plain', 400],
  ['application/jsonp', 400],
])('a POST of %j answers %i', (type, expected) => {
  expect(status({ host: 'localhost', 'content-type': type }, 'POST')).toBe(expected);
});

test('a POST without a content type is turned away', () => {
  expect(status({ host: 'localhost' }, 'POST')).toBe(400);
});

test.each([
  ['https://safe.example', 'https://safe.example'],
  ['http://localhost:5173', undefined],
  [undefined, undefined],
])('a page at %s may read answers: %s', (origin, allowed) => {
  const request = { headers: { host: 'localhost', origin } } as unknown as IncomingMessage;
  expect(createGuard(options).headers(request)['access-control-allow-origin']).toBe(allowed);
});
