/**
 * Parameters whose values are secrets: passwords, tickets, tokens and private keys of other services. Not the ids of API
 * tokens (`tokens`, `tokenid`), nor what only sounds alike (`lock-token`, `master-pubkey`, `certkey`, which is a path).
 */
const secretNames = /passw|secret|ticket|-key$|^(?:api-?token|token|keys?|keyring|t?otp|tfa-challenge)$/i;

/** Whether a parameter, or a part of a property string, of this name is a secret. */
export function isSecretName(name: string): boolean {
  return secretNames.test(name);
}

/** The parts of a property string: `host=pve2,apitoken=…`. A value ends at the next comma. */
const PART = /(?<=^|,)([\w-]+)=([^,]*)/g;

/** A property string whose secret parts are replaced. */
export function withoutSecretParts(text: string, instead: string): string {
  return text.replace(PART, (part, name: string) => (isSecretName(name) ? `${name}=${instead}` : part));
}

/** Every secret in the parameters of a call, by the names of parameters and of parts of them. */
export function secretValues(params: Readonly<Record<string, unknown>> = {}): string[] {
  return Object.entries(params).flatMap(([name, value]) => {
    const texts = [value].flat().filter((item) => typeof item === 'string');
    return texts.flatMap((text) => {
      if (isSecretName(name)) return [text];
      const parts = [...text.matchAll(PART)].filter(([, part = '']) => isSecretName(part));
      return parts.map(([, , secret = '']) => secret);
    });
  });
}
