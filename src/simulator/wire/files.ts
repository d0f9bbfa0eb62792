import { gzipSync } from 'node:zlib';
import { renderApidoc } from '../../schema/apidoc.ts';
import type { Catalog } from '../../schema/catalog.ts';
import type { Files } from './answer-request.ts';
import type { Answer } from './message.ts';

/** When the package with the API description was built, in seconds since 1970: any fixed moment will do. */
const BUILT = Date.UTC(2026, 10, 1) / 1000;

/** The files that need no login. Of them the simulator has the one that programs read: the API's own description. */
export function createFiles(catalog: Catalog): Files {
  let apidoc: Answer | undefined;
  return (path) => {
    if (path !== '/pve-docs/api-viewer/apidoc.js') return undefined;
    apidoc ??= fileOf(renderApidoc(catalog), 'application/javascript');
    return apidoc;
  };
}

function fileOf(body: string, contentType: string): Answer {
  let kept: Buffer | undefined;
  const gzipped = () => {
    kept ??= gzipSync(body);
    return kept;
  };
  return { status: 200, reason: 'OK', from: 'proxy', modified: BUILT, contentType, body, gzipped };
}
