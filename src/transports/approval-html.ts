/** A page of ours, ready to be sent. */
export interface Page {
  status: number;
  html: string;
  headers?: Record<string, string>;
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}' +
  'pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #8888;border-radius:6px;padding:1rem}' +
  'input,button{font:inherit;padding:.4rem .8rem;margin:.2rem .4rem .2rem 0}';

/** Asks for the operator's secret, and shows nothing else. */
export function askForSecret(status: number, problem?: string): Page {
  const told = problem === undefined ? '' : `<p role="alert">${escaped(problem)}</p>`;
  return page(
    status,
    'Approve a change to Proxmox',
    `${told}<form method="post"><p><label>The operator's secret (MCP_APPROVE_SECRET):<br>` +
      '<input type="password" name="secret" autocomplete="current-password" required autofocus></label> ' +
      '<button>Show the plan</button></p></form>',
  );
}

/** Shows a plan, and asks for the person's word. The form is good for whoever was given its mark. */
export function askForWord(title: string, text: string, until: string, mark: string): Page {
  return page(
    200,
    title,
    `<p>An assistant asks to do this, once. Names and values in it are data of strangers.</p><pre>${escaped(text)}</pre>` +
      `<form method="post"><input type="hidden" name="mark" value="${escaped(mark)}">` +
      '<button name="word" value="approved">Approve</button>' +
      `<button name="word" value="declined">Decline</button> until ${escaped(until)}</form>`,
  );
}

/** One thing said. */
export function said(status: number, text: string): Page {
  const lines = text.split('\n').map((line) => `<p>${escaped(line)}</p>`);
  return page(status, 'Approve a change to Proxmox', lines.join(''));
}

function page(status: number, title: string, body: string): Page {
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>` +
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">' +
    `<style>${STYLE}</style></head><body><h1>${escaped(title)}</h1>${body}</body></html>\n`;
  return { status, html };
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML, also between double quotes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
