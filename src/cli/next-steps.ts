import { commands } from './help.ts';

/** What somebody reads who starts the program by hand before there is a setting. */
export function nextSteps(own: string, settingsFile: string | undefined): string {
  const known =
    settingsFile === undefined
      ? []
      : [
          '',
          `Settings that init wrote are in ${settingsFile}. With them:`,
          `  ${own} --env-file ${settingsFile}`,
        ];
  return [
    'No Proxmox server is set. Begin with one of these:',
    `  ${own} init      ${commands.init}`,
    `  ${own} demo      ${commands.demo}`,
    `  ${own} --help    every command and setting`,
    ...known,
    '',
    'By hand: PROXMOX_URL, PROXMOX_TOKEN_ID (user@realm!name) and PROXMOX_PASSWORD (its secret), in the environment or in a file',
    'for --env-file; PROXMOX_USER instead of a token logs in with a password.',
  ].join('\n');
}

/** What somebody reads who has started a server on stdio by hand, and sees nothing happen. */
export const waitsForClient =
  'This is a server on stdio: it waits for the messages of an MCP client, which starts it by itself. Ctrl-C ends it.\n' +
  'What to put into your client: docs/first-steps.md. A tour by hand: proxmox-mcp demo. Over HTTP: --transport http.\n';
