import { settings } from '../config/settings.ts';
import { Failure } from '../failure.ts';
import { commands } from './help.ts';

const HELP = 'proxmox-mcp --help shows every flag and command.';

/**
 * What was meant by arguments that `parseArgs` refuses.
 *
 * @param args as they were given; a value among them may be a secret, and is not repeated
 */
export function wrongArguments(error: Error, args: readonly string[]): Failure {
  const flag = /^Unknown option '(--?[\w-]+)/.exec(error.message)?.[1];
  if (flag !== undefined) {
    const secret = secretOf(flag.replace(/^-+/, ''));
    if (secret === undefined) return new Failure('config', `There is no flag ${flag}.`, HELP);
    return new Failure(
      'config',
      `${flag}: a secret has no flag, because every user of a machine can read a command line.`,
      `Set ${secret}, or ${secret}_FILE with the path of a file.`,
    );
  }
  if (!/^Unexpected argument/.test(error.message)) return new Failure('config', `${error.message}.`, HELP);
  const command = args.find((arg) => arg in commands);
  if (command !== undefined)
    return new Failure(
      'config',
      `The command ${command} must stand first.`,
      `Write: proxmox-mcp ${command} [its flags]`,
    );
  const isCommand = args[0] !== undefined && /^[a-z-]{1,20}$/.test(args[0]) && !args[0].startsWith('-');
  return new Failure(
    'config',
    isCommand ? `There is no command ${args[0]}.` : 'There is a word too much among the arguments.',
    `Commands: ${Object.keys(commands).join(', ')}. ${HELP}`,
  );
}

/** The secret that somebody wants to give as a flag: `--password`, `--token-secret`, `--mcp-auth-token`. */
function secretOf(flag: string): string | undefined {
  const asked = flag.toUpperCase().replaceAll('-', '_');
  const found = Object.values(settings).find((entry) => {
    const names = [entry.env, ...(entry.aliases ?? [])];
    return entry.secret === true && names.some((name) => name === asked || name.endsWith(`_${asked}`));
  });
  return found?.env;
}
