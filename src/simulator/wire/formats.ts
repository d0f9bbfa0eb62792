import type { Reply } from '../call.ts';

/** What a call came to, before it is put into a format. */
export type Outcome = Found | Refusal;

interface Found {
  data: unknown;
  total?: number | undefined;
  changes?: string | undefined;
  text?: Reply['text'];
}

/** An error. `message` is the whole text with its line end; the reason phrase is its first line. */
export interface Refusal {
  status: number;
  message: string;
  errors?: Record<string, string> | undefined;
}

/** A body with its status and type. */
export interface Formatted {
  status: number;
  /** Absent: the status's own phrase. */
  reason?: string;
  contentType: string;
  body: string;
  headers?: Record<string, string>;
  compressed?: true;
}

export type Formatter = (outcome: Outcome) => Formatted;

export function isRefusal(outcome: Outcome): outcome is Refusal {
  return 'status' in outcome;
}

const JSON_TYPE = 'application/json;charset=UTF-8';

/** `/api2/FORMAT/…`: the formats that PVE 9.2 has and the simulator answers in. */
export const FORMATTERS: ReadonlyMap<string, Formatter> = new Map<string, Formatter>([
  ['json', json],
  ['extjs', (outcome) => extjs(outcome, JSON_TYPE, (text) => text)],
  // For forms in a hidden frame of the web interface: the same JSON, made safe for HTML.
  ['htmljs', (outcome) => extjs(outcome, 'text/html;charset=UTF-8', escapeHtml)],
  ['spiceconfig', spiceconfig],
  ['html', html],
]);

/** What PVE 9.2 formats besides, and the simulator does not. */
export const UNSIMULATED_FORMATS: ReadonlySet<string> = new Set(['png']);

function json(outcome: Outcome): Formatted {
  if (isRefusal(outcome)) {
    const { status, message, errors } = outcome;
    const body = { data: null, message, ...(errors && { errors }) };
    return { status, reason: firstLine(message), contentType: JSON_TYPE, body: JSON.stringify(body) };
  }
  if (outcome.text) return download(outcome.text);
  return { status: 200, contentType: JSON_TYPE, body: JSON.stringify(envelope(outcome)) };
}

/** Always 200: the web interface reads `success` and `status` instead. */
function extjs(outcome: Outcome, contentType: string, write: (text: string) => string): Formatted {
  if (!isRefusal(outcome)) {
    if (outcome.text) return download(outcome.text);
    return { status: 200, contentType, body: write(JSON.stringify({ ...envelope(outcome), success: 1 })) };
  }
  const { message, errors } = outcome;
  // Perl has turned the status of its own exceptions into a text on the way (recorded: "400", but 500 and 501).
  const status = [500, 501].includes(outcome.status) ? outcome.status : String(outcome.status);
  const body = { data: null, message, success: 0, status, ...(errors && { errors }) };
  return { status: 200, contentType, body: write(JSON.stringify(body)) };
}

function spiceconfig(outcome: Outcome): Formatted {
  const contentType = 'application/x-virt-viewer;charset=UTF-8';
  if (isRefusal(outcome)) {
    return { status: outcome.status, reason: firstLine(outcome.message), contentType, body: '' };
  }
  const data = typeof outcome.data === 'object' ? outcome.data : null;
  const lines = Object.entries(data ?? {}).filter(([, value]) => value !== null && value !== undefined);
  const body =
    data === null ? '' : `[virt-viewer]\n${lines.map(([key, value]) => `${key}=${value}\n`).join('')}`;
  return { status: 200, contentType, body };
}

/** A page to look at in a browser: PVE's own is larger and has links. */
function html(outcome: Outcome): Formatted {
  const page = (text: string) =>
    `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Proxmox VE API</title></head>\n` +
    `<body><pre>${escapeHtml(text)}</pre></body></html>\n`;
  const contentType = 'text/html;charset=UTF-8';
  if (isRefusal(outcome)) {
    const { status, message } = outcome;
    return { status, reason: firstLine(message), contentType, body: page(message) };
  }
  if (outcome.text) return download(outcome.text);
  return { status: 200, contentType, body: page(JSON.stringify(envelope(outcome), null, 3)) };
}

function envelope({ data, total, changes }: Found): object {
  // Recorded: a total of 0 is left out.
  return { data: data ?? null, ...(total && { total }), ...(changes && { changes }) };
}

function download({ contentType, filename, body, compressed }: NonNullable<Reply['text']>): Formatted {
  const headers = filename && { headers: { 'Content-Disposition': `attachment; filename="${filename}"` } };
  return { status: 200, contentType, body, ...headers, ...(compressed && { compressed }) };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] as string;
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '<': '&lt;',
    '>': '&gt;',
    '&': '&amp;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(
    /[<>&"']|[^\n\r\t !-~]/g,
    (char) => names[char] ?? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`,
  );
}
