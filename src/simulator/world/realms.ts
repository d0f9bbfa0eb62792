/** The realms that every Proxmox VE has. */
export const REALMS: ReadonlyMap<string, { type: string; comment: string }> = new Map([
  ['pam', { type: 'pam', comment: 'Linux PAM standard authentication' }],
  ['pve', { type: 'pve', comment: 'Proxmox VE authentication server' }],
]);
