import { expect, test } from 'vitest';
import { renderApidoc } from './apidoc.ts';
import { parseApidoc } from './apidoc-parse.ts';
import { pveCatalog } from './pve-catalog.ts';

const node = (path: string, info: object, children: object[] = []) => ({ path, text: path, info, children });
const text = (tree: unknown, head = 'const apiSchema = ', tail = '\n;\n\nlet method2cmd = {};') =>
  head + JSON.stringify(tree) + tail;

test('what is written can be read back, to the last method', () => {
  expect(parseApidoc(renderApidoc(pveCatalog()))).toEqual(pveCatalog().methods);
});

test('is written as a server serves it: a tree of paths', () => {
  const written = renderApidoc(pveCatalog());
  expect(written.startsWith('const apiSchema = [')).toBe(true);
  const tree = JSON.parse(written.slice('const apiSchema = '.length, written.lastIndexOf(';')));
  const version = tree.find((root: { path: string }) => root.path === '/version');
  expect(tree.map((root: { text: string }) => root.text)).toEqual([
    'access',
    'cluster',
    'nodes',
    'pools',
    'storage',
    'version',
  ]);
  expect(version).toMatchObject({
    leaf: 1,
    info: { GET: { method: 'GET', parameters: { additionalProperties: 0 } } },
  });
  expect(version).not.toHaveProperty('children');
});

test.each(['const apiSchema = ', 'var apiSchema = ', 'var pmgapi = ', '// comment\nlet apiSchema =\n'])(
  'reads what begins "%s"',
  (head) => {
    const info = {
      GET: {
        name: 'v',
        parameters: { additionalProperties: 0, properties: {} },
        permissions: { user: 'all' },
      },
    };
    expect(parseApidoc(text([node('/version', info)], head))).toEqual([
      {
        path: '/version',
        method: 'GET',
        name: 'v',
        parameters: {},
        returns: null,
        permissions: { user: 'all' },
        protected: 0,
        allowtoken: 1,
      },
    ]);
  },
);

test('reads what PBS has of its own: booleans, downloads, upgraded connections', () => {
  const parameters = { additionalProperties: false, properties: { file: { type: 'string' } } };
  const tree = [
    node('/', {}, [node('/download', { DOWNLOAD: { method: 'DOWNLOAD', parameters } })]),
    node('/backup/_upgrade_', {}, [node('/backup/_upgrade_/blob', { POST: { parameters } })]),
  ];
  expect(parseApidoc(text(tree, 'var apiSchema = '))).toMatchObject([
    { path: '/download', method: 'GET', download: 1, parameters: { file: { type: 'string' } } },
  ]);
});

test('brackets in texts do not end the array', () => {
  const info = { GET: { description: 'a ] } \\" ] text', parameters: { additionalProperties: 0 } } };
  expect(parseApidoc(text([node('/x', info)]))).toMatchObject([{ description: 'a ] } \\" ] text' }]);
});

test('a name that would change prototypes is dropped', () => {
  const tree =
    '[{"path":"/x","info":{"GET":{"parameters":{"additionalProperties":0,"properties":{"__proto__":{"a":1},"\\u005f_proto__":{"a":1},"b":{}}}}}}]';
  const [method] = parseApidoc(`const apiSchema = ${tree};`);
  expect(Object.keys(method?.parameters ?? {})).toEqual(['b']);
  expect(Object.getPrototypeOf(method?.parameters)).toBe(Object.prototype);
});

test.each([
  ['is cut off', renderApidoc(pveCatalog()).slice(0, 5000), 'it is cut off'],
  ['is another page', '<html><body>Login</body></html>', 'it has no apiSchema'],
  ['holds code', 'const apiSchema = [alert(1)];', 'its array is not JSON'],
  [
    'nests without end',
    `const apiSchema = ${'['.repeat(5000)}${']'.repeat(5000)};`,
    'it nests more than 200 deep',
  ],
  ['is far too long', 'x'.repeat(20_000_001), 'it has 20000001 characters'],
])('a text that %s is refused', (_what, given, why) => {
  expect(() => parseApidoc(given)).toThrow(
    expect.objectContaining({ code: 'bad_answer', message: expect.stringContaining(why) }),
  );
});

test('what is no method is passed over', () => {
  expect(parseApidoc(text([null, 5, { path: '/x', info: { PATCH: {}, GET: 7 } }]))).toEqual([]);
});
