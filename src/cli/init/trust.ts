import { Failure } from '../../failure.ts';
import { openSocket, readCertificate, targetOf, type Way } from '../certificate.ts';
import { stopped } from '../person.ts';
import { readFingerprint } from './options.ts';
import { askedFor, mustBeSaid, type Place } from './place.ts';

/**
 * Looks at the certificate of every server, and has each one that nobody vouches for compared by a person.
 *
 * @param given fingerprints that somebody has compared already
 * @returns what to pin; undefined where every certificate is trusted by itself
 * @throws Failure `tls` for a certificate that is not the one that was given
 */
export async function trustedPins(
  urls: readonly string[],
  given: readonly string[] | undefined,
  way: Way,
  place: Place,
): Promise<string[] | undefined> {
  const pins: string[] = [];
  for (const url of urls) {
    const socket = await openSocket(url, way);
    const { fingerprint, distrust } = await readCertificate(socket, url, { verify: true }, way.timeoutMs);
    const { name, port } = targetOf(url);
    if (given !== undefined) {
      if (!given.includes(fingerprint)) throw another(name, fingerprint);
      place.person.write(`${place.colours.good('✓')} The certificate of ${name} is the one given.\n`);
    } else if (distrust === undefined) {
      place.person.write(
        `${place.colours.good('✓')} The certificate of ${name} is signed by an authority that is trusted here: no pin is needed.\n`,
      );
      continue;
    } else {
      place.person.write(question(name, port, fingerprint));
      if (!place.person.isAtTerminal)
        throw mustBeSaid(
          `Whether that is the right certificate`,
          `--fingerprint ${fingerprint}, once you have compared it`,
        );
      await compare(fingerprint, name, place);
    }
    pins.push(fingerprint);
  }
  // A pin excludes all other certificates, so it is all hosts or none.
  if (pins.length === 0 || pins.length === urls.length)
    return pins.length === 0 ? undefined : [...new Set(pins)];
  throw new Failure(
    'tls',
    'Some of the servers have a certificate that is trusted here, and some have not.',
    'Give the fingerprints of all of them, as a comma list: --fingerprint.',
  );
}

function question(name: string, port: number, fingerprint: string): string {
  return `
Nobody who is trusted here has signed the certificate of ${name}, as is usual for Proxmox. Its SHA-256 fingerprint:

  ${fingerprint}

Compare it with what the server itself says, in a shell there:

  openssl s_client -connect localhost:${port} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256

or in the web interface: the node > System > Certificates. If they differ, somebody sits in between.
`;
}

/** The line from the server may be pasted instead: then the computer compares. */
async function compare(fingerprint: string, name: string, { person, colours }: Place): Promise<void> {
  const question = 'Is it the same? (y, or paste the line from the server) [N] ';
  const pasted = await askedFor(person, question, (typed) => {
    if (/^y(es)?$/i.test(typed)) return undefined;
    if (typed.length < 20) throw stopped();
    return readFingerprint(typed);
  });
  if (pasted === undefined) return;
  if (pasted !== fingerprint) throw another(name, fingerprint);
  person.write(`${colours.good('✓')} It is the same.\n`);
}

function another(name: string, seen: string): Failure {
  return new Failure(
    'tls',
    `The certificate of ${name} is another one: its SHA-256 fingerprint is ${seen}.`,
    'Nothing was sent. If the address is right, somebody may be in between; or the server has a new certificate: compare again there.',
  );
}
