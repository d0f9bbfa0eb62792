// Not part of `npm test`: run by `npm run test:real` against the server that these variables name.
//
// PVE_TEST_URL          https://pve.lab:8006
// PVE_TEST_USER, PVE_TEST_PASSWORD            a login by password, such as root@pam
// PVE_TEST_TOKEN_ID, PVE_TEST_TOKEN_SECRET    a login by token (without a secret of its own: PVE_TEST_PASSWORD)
// PVE_TEST_FINGERPRINT, PVE_TEST_CA_FILE, PVE_TEST_VERIFY=0    whom to trust
// PVE_TEST_NODE         where guests are made; else the first node that is online
//
// The login must be an administrator's. With both logins the suite runs twice.
import { type ClientOptions, createClient } from '../../src/client.ts';
import { clientSuite } from './suite.ts';

type Login = { tokenId: string; secret: string } | { user: string; password: string };

const settings = process.env;
const url = settings.PVE_TEST_URL;
const logins = loginsOf(settings);
if (!url || logins.length === 0) {
  throw new Error(
    'Set PVE_TEST_URL, and PVE_TEST_TOKEN_ID with PVE_TEST_TOKEN_SECRET or PVE_TEST_USER with PVE_TEST_PASSWORD.',
  );
}

const trust: ClientOptions = {
  url,
  ...(settings.PVE_TEST_FINGERPRINT && { fingerprint: settings.PVE_TEST_FINGERPRINT }),
  ...(settings.PVE_TEST_CA_FILE && { caFile: settings.PVE_TEST_CA_FILE }),
  ...(/^(0|false|no|off)$/i.test(settings.PVE_TEST_VERIFY ?? '') && { verify: false }),
};

for (const login of logins) {
  const [kind, who] = 'tokenId' in login ? ['token', login.tokenId] : ['password', login.user];
  clientSuite(`${url}, by ${kind}`, async () => {
    const open: { close(): Promise<void> }[] = [];
    const as = (other: Login) => {
      const client = createClient({ ...trust, ...other });
      open.push(client);
      return client;
    };
    const close = async () => {
      for (const client of open) await client.close();
    };
    return { client: as(login), as, user: who.split('!')[0] ?? '', node: settings.PVE_TEST_NODE, close };
  });
}

function loginsOf(env: NodeJS.ProcessEnv): Login[] {
  const { PVE_TEST_USER: user, PVE_TEST_PASSWORD: password, PVE_TEST_TOKEN_ID: id } = env;
  const secret = env.PVE_TEST_TOKEN_SECRET ?? password;
  const tokenId = id && !id.includes('!') && user ? `${user}!${id}` : id;
  const found: Login[] = [];
  if (tokenId && secret) found.push({ tokenId, secret });
  if (user && password && (!tokenId || env.PVE_TEST_TOKEN_SECRET)) found.push({ user, password });
  return found;
}
