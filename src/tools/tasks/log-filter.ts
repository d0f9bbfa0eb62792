/** What lines are wanted. */
export interface LogFilter {
  /** A service or a beginning of its name; only a journal has them. */
  service?: string | undefined;
  /** Part of a line, in any case. */
  text?: string | undefined;
  /** Only lines that name this guest. */
  vmid?: number | undefined;
}

/** `Nov 22 16:16:29 pve systemd-journald[68]: Journal started`, as recorded on PVE 9.2. */
const IDENTIFIER = /^\w{3}\s+\d+ [\d:]+ \S+ ([^\s:[]+)(?:\[\d+\])?:/;

/** Services that write under another name. */
const NAMES: Readonly<Record<string, string>> = { 'pve-cluster': 'pmxcfs', ssh: 'sshd', systemd: 'systemd' };

/** The lines that fit. */
export function filterLines(lines: readonly string[], { service, text, vmid }: LogFilter): string[] {
  const unit = service
    ?.trim()
    .toLowerCase()
    .replace(/\.service$/, '')
    .replace(/\*$/, '');
  const name = unit === undefined ? undefined : (NAMES[unit] ?? unit);
  const part = text?.toLowerCase();
  // `VM 100 …`, `tap100i0`, `UPID:…:100:`, and not the 100 of a time or of a larger number.
  const guest = vmid === undefined ? undefined : new RegExp(`(?<![\\d.])${vmid}(?![\\d.])`);
  return lines.filter((line) => {
    const writer = IDENTIFIER.exec(line)?.[1]?.toLowerCase();
    if (name !== undefined && !writer?.startsWith(name)) return false;
    if (part !== undefined && !line.toLowerCase().includes(part)) return false;
    return guest === undefined || guest.test(line);
  });
}
