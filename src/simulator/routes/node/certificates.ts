import { createPrivateKey, X509Certificate } from 'node:crypto';
import { ApiError, type Call, parameterErrors, type Routes } from '../../call.ts';
import { type CertificateInfo, ownCertificate, readCertificate } from '../../world/certificates.ts';
import { readProperties } from '../../world/property-string.ts';
import { rootCa } from '../../world/root-ca.ts';
import type { Work } from '../../world/tasks.ts';
import { no, nodeOf, startTask } from '../find.ts';
import { nodeFingerprint } from '../nodes.ts';

const base = '/nodes/{node}/certificates';

function info(call: Call): CertificateInfo[] {
  const node = nodeOf(call);
  const own = ownCertificate(node, nodeFingerprint(node.name));
  return [readCertificate(rootCa, 'pve-root-ca.pem'), own, ...(node.certificate ? [node.certificate] : [])];
}

/** `POST …/custom`: a chain and its key, which must belong together. */
function upload(call: Call): CertificateInfo {
  const node = nodeOf(call);
  const { certificates, key, force } = call.params;
  if (key === undefined && !node.certificate)
    throw parameterErrors({ key: 'Attempted to upload custom certificate without (existing) key.' });
  if (node.certificate && !force) throw no('Custom certificate file exists but force flag is not set.');
  let certificate: CertificateInfo;
  try {
    certificate = readCertificate(certificates, 'pveproxy-ssl.pem');
  } catch {
    throw no('could not load certificate (chain) ()');
  }
  if (key !== undefined && !belongsTo(certificates, key))
    throw no('key does not match the certificate (chain) ()');
  node.certificate = certificate;
  return certificate;
}

function belongsTo(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** ACME here has no account anywhere, since nobody can be reached to register with: every order ends in its task. */
function order(type: string, check: (call: Call) => void) {
  return (call: Call): string => {
    check(call);
    const node = nodeOf(call);
    const { acme } = node.config;
    const domains = Object.keys(node.config).some((key) => /^acmedomain\d+$/.test(key));
    const { account = 'default', domains: old } = readProperties(String(acme ?? ''), 'account');
    if (!domains && !old) throw new ApiError(400, 'ACME domain list in node configuration is missing!');
    return startTask(call, node, type, '', function* (): Work {
      yield 200;
      throw no(`ACME account config file '${account}' does not exist.`);
    });
  };
}

const days = 86_400;

/** The certificates of a node: of the cluster's authority, its own, and one that somebody put in its place. */
export const certificateRoutes: Routes = {
  [`GET ${base}`]: () => ['acme', 'custom', 'info'].map((name) => ({ name })),
  [`GET ${base}/info`]: info,
  [`POST ${base}/custom`]: upload,
  [`DELETE ${base}/custom`]: (call) => {
    nodeOf(call).certificate = undefined;
    return null;
  },
  [`GET ${base}/acme`]: () => [{ name: 'certificate' }],
  [`POST ${base}/acme/certificate`]: order('acmenewcert', (call) => {
    if (nodeOf(call).certificate && !call.params.force)
      throw parameterErrors({ force: "Custom certificate exists but 'force' is not set." });
  }),
  [`PUT ${base}/acme/certificate`]: order('acmerenew', (call) => {
    const { certificate } = nodeOf(call);
    if (!certificate) throw no('No current (custom) certificate found, please order a new certificate!');
    if (certificate.notafter - call.world.seconds() < 30 * days || call.params.force) return;
    const force = "Certificate does not expire within the next 30 days, and 'force' is not set.";
    throw parameterErrors({ force });
  }),
  [`DELETE ${base}/acme/certificate`]: order('acmerevoke', () => undefined),
};
