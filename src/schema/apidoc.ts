import type { Catalog } from './catalog.ts';
import type { Method } from './method.ts';

/** One path in the tree of the API description, with what is below it. */
export interface ApidocNode {
  path: string;
  /** The last word of the path. */
  text: string;
  leaf: 0 | 1;
  info?: Record<string, ApidocInfo>;
  children?: ApidocNode[];
}

/** A method in the words of the API description. What it leaves out is 0, or null for permissions. */
export type ApidocInfo = Record<string, unknown>;

/**
 * Writes the API description in the form in which a server offers it at `/pve-docs/api-viewer/apidoc.js`: the array
 * literal `apiSchema`, without the viewer that follows it there.
 */
export function renderApidoc(catalog: Catalog): string {
  return `const apiSchema = ${JSON.stringify(treeOf(catalog.methods))}\n;\n`;
}

function treeOf(methods: readonly Method[]): ApidocNode[] {
  const roots: ApidocNode[] = [];
  const nodes = new Map<string, ApidocNode>();
  for (const method of methods) {
    let siblings = roots;
    let path = '';
    let node: ApidocNode | undefined;
    for (const text of method.path.split('/').slice(1)) {
      path += `/${text}`;
      node = nodes.get(path);
      if (!node) {
        node = { path, text, leaf: 1 };
        nodes.set(path, node);
        siblings.push(node);
      }
      node.children ??= [];
      siblings = node.children;
    }
    if (node) node.info = { ...node.info, [method.method]: infoOf(method) };
  }
  for (const node of nodes.values()) closeNode(node);
  return roots;
}

function closeNode(node: ApidocNode): void {
  if (node.children?.length) node.leaf = 0;
  else delete node.children;
}

function infoOf(method: Method): ApidocInfo {
  const { path: _path, parameters, allOf, additionalProperties, permissions, download, ...rest } = method;
  return {
    ...rest,
    parameters: allOf
      ? { allOf }
      : { additionalProperties: additionalProperties ?? 0, properties: parameters },
    ...(permissions ? { permissions } : {}),
    ...(download ? { download_allowed: 1 } : {}),
  };
}
