import { gzipSync } from 'node:zlib';
import { renderApidoc } from '../../schema/apidoc.ts';
import type { Catalog } from '../../schema/catalog.ts';
import type { FileFault } from '../faults.ts';
import type { Files } from './answer-request.ts';
import type { Answer } from './message.ts';

/** When the package with the API description was built, in seconds since 1970: any fixed moment will do. */
const BUILT = Date.UTC(2026, 10, 1) / 1000;

const FOLDER = '/pve-docs/api-viewer/';

/**
 * The files that need no login. Of them the simulator has the one that programs read: the API's own description, whole or
 * with a fault.
 */
export function createFiles(catalog: Catalog, fault?: FileFault): Files {
  let apidoc: Answer | undefined;
  return (path) => {
    const name = path.startsWith(FOLDER) ? path.slice(FOLDER.length) : '';
    // pveproxy looks for plain names alone; of every other it says that there is no such file.
    if (!/^[A-Za-z0-9_.-]+$/.test(name)) return undefined;
    if (name !== 'apidoc.js' || fault === 'apidoc-missing') return notThere(name);
    apidoc ??= fileOf(spoilt(renderApidoc(catalog), fault), 'application/javascript');
    return apidoc;
  };
}

function spoilt(text: string, fault: FileFault | undefined): string {
  if (fault === 'apidoc-truncated') return text.slice(0, text.length / 2);
  return fault === 'apidoc-hostile' ? `const apiSchema = ${'[{"children":'.repeat(100_000)}` : text;
}

function notThere(name: string): Answer {
  const reason = `unable to open file '/usr/share${FOLDER}${name}' - No such file or directory`;
  return { status: 500, reason, body: `${reason}\n`, from: 'proxy' };
}

function fileOf(body: string, contentType: string): Answer {
  let kept: Buffer | undefined;
  const gzipped = () => {
    kept ??= gzipSync(body);
    return kept;
  };
  return { status: 200, reason: 'OK', from: 'proxy', modified: BUILT, contentType, body, gzipped };
}
