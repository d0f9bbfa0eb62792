import { expect, test } from 'vitest';
import { makeIdentity } from '../../wire/certificate.ts';
import { lab } from '../lab.ts';

// Shape from the schema's `pve-certificate-info`; refusals in the words of PVE 9.2's own sources.
const base = '/nodes/pve1/certificates';
const fields = [
  ...['filename', 'fingerprint', 'issuer', 'notafter', 'notbefore', 'public-key-bits', 'public-key-type'],
  ...['san', 'subject'],
];

test('the authority and the certificate of the node', async () => {
  const { data } = lab('demo');
  const [ca, own] = await data(`GET ${base}/info`);
  expect(Object.keys(ca).sort()).toEqual([...fields, 'pem'].sort());
  expect(Object.keys(own).sort()).toEqual(fields);
  expect(ca).toMatchObject({
    filename: 'pve-root-ca.pem',
    subject: expect.stringContaining('/CN=Proxmox Virtual'),
  });
  expect(own).toMatchObject({ filename: 'pve-ssl.pem', issuer: ca.subject });
  const [node] = await data('GET /nodes');
  expect(node.ssl_fingerprint).toBe(own.fingerprint);
});

test('one of my own is put in its place, once, and taken away again', async () => {
  const { data, refusal } = lab('demo');
  const { certificate, key, fingerprint } = await makeIdentity();
  const other = await makeIdentity();
  expect(await refusal(`POST ${base}/custom`, { certificates: certificate })).toEqual([
    ...[400, { key: 'Attempted to upload custom certificate without (existing) key.' }],
  ]);
  expect((await refusal(`POST ${base}/custom`, { certificates: certificate, key: other.key }))[1]).toMatch(
    /^key does not match the certificate \(chain\)/,
  );
  expect(await data(`POST ${base}/custom`, { certificates: certificate, key })).toMatchObject({
    ...{ filename: 'pveproxy-ssl.pem', fingerprint, subject: '/CN=proxmox-simulator' },
    san: ['localhost', '127.0.0.1', expect.any(String)],
  });
  expect(await refusal(`POST ${base}/custom`, { certificates: certificate, key })).toEqual([
    ...[500, 'Custom certificate file exists but force flag is not set.'],
  ]);
  expect(await data(`GET ${base}/info`)).toHaveLength(3);
  await data(`DELETE ${base}/custom`);
  expect(await data(`GET ${base}/info`)).toHaveLength(2);
});

test('ACME needs a domain, then an account that nobody has', async () => {
  const { data, refusal, task } = lab('demo');
  const missing = [400, 'ACME domain list in node configuration is missing!'];
  expect(await refusal(`POST ${base}/acme/certificate`, {})).toEqual(missing);
  expect(await refusal(`DELETE ${base}/acme/certificate`)).toEqual(missing);
  expect(await refusal(`PUT ${base}/acme/certificate`, {})).toEqual([
    ...[500, 'No current (custom) certificate found, please order a new certificate!'],
  ]);
  await data('PUT /nodes/pve1/config', { acmedomain0: 'domain=pve1.lab.example' });
  expect(await task(`POST ${base}/acme/certificate`, {})).toMatchObject({
    ...{ type: 'acmenewcert', exitstatus: "ACME account config file 'default' does not exist." },
  });
});
