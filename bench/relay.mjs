// The least that any server can do with a raw GET: parse the call, ask Proxmox with bare undici, and answer. What stands
// between this and the echo is not the protocol's, but HTTPS to Proxmox and the sharing of two cores.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const { url, tokenId, tokenSecret } = JSON.parse(process.argv[2]);
const pool = new Pool(url, { connections: 16, pipelining: 1, connect: { rejectUnauthorized: false } });
const headers = { authorization: `PVEAPIToken=${tokenId}=${tokenSecret}` };
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const { id } = JSON.parse(Buffer.concat(parts).toString());
    const answer = await pool.request({ method: 'GET', path: '/api2/json/version', headers });
    const { data } = JSON.parse(await answer.body.text());
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id,
      result: { content: [{ type: 'text', text: JSON.stringify(data) }] },
    });
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body);
  });
});
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })),
);
