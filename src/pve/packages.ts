import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import { flag, known, row, rows, text } from './read.ts';

/** A package of Debian with its versions on one node. */
export interface Package {
  name: string;
  /** Absent where it is not installed. */
  installed?: string;
  /** The newest that the package lists know. */
  candidate?: string;
  /** `Proxmox`, `Debian`, … */
  origin?: string;
}

/** What `pveversion -v` tells. */
export interface Versions {
  packages: Package[];
  /** The release of the kernel that runs: `6.17.2-1-pve`. */
  runningKernel?: string;
  /** The version of the API server that runs; its package may be newer. */
  runningManager?: string;
}

/** Where a node's packages come from. */
export interface Repositories {
  /** Files that can't be read, each with what is wrong with it. */
  errors: string[];
  /** Warnings about repositories. */
  warnings: string[];
  /** Handles of Proxmox's standard repositories that are switched on: `enterprise`, `no-subscription`, … */
  enabled: string[];
}

type Options = { signal?: AbortSignal };

/** The packages that matter to Proxmox and each kernel that is installed. Needs Sys.Audit on the node. */
export async function nodeVersions(api: Api, node: string, options: Options = {}): Promise<Versions> {
  const list = rows(await api.get<unknown>(path`/nodes/${node}/apt/versions`, {}, options));
  return known<Versions>({
    packages: list.map((each) =>
      known<Package>({
        name: text(each.Package) ?? '?',
        // `Version` is what could be installed, also where that is what is.
        installed: each.CurrentState === 'Installed' ? text(each.OldVersion) : undefined,
        candidate: text(each.Version),
        origin: text(each.Origin),
      }),
    ),
    runningKernel: list.map(({ RunningKernel }) => text(RunningKernel)).find(Boolean),
    runningManager: list.map(({ ManagerVersion }) => text(ManagerVersion)).find(Boolean),
  });
}

/** The packages of which the lists know a newer version. Needs Sys.Modify on the node, though it only reads. */
export async function pendingUpdates(api: Api, node: string, options: Options = {}): Promise<Package[]> {
  const data = await api.get<unknown>(path`/nodes/${node}/apt/update`, {}, options);
  return rows(data).map((each) =>
    known<Package>({
      name: text(each.Package) ?? '?',
      installed: text(each.OldVersion),
      candidate: text(each.Version),
      origin: text(each.Origin),
    }),
  );
}

/** Where a node's packages come from. Needs Sys.Audit on the node. */
export async function nodeRepositories(api: Api, node: string, options: Options = {}): Promise<Repositories> {
  const data = row(await api.get<unknown>(path`/nodes/${node}/apt/repositories`, {}, options));
  const where = (each: { path?: unknown }) => `${text(each.path) ?? '?'}: `;
  return {
    errors: rows(data.errors).map((each) => where(each) + (text(each.error)?.trim() ?? '')),
    warnings: rows(data.infos)
      .filter(({ kind }) => kind === 'warning')
      .map((each) => where(each) + (text(each.message)?.trim() ?? '')),
    enabled: rows(data['standard-repos'])
      .filter(({ status }) => flag(status))
      .map(({ handle }) => text(handle) ?? '?'),
  };
}

/** `active`, `notfound`, `expired`, … Every login may ask. */
export async function subscriptionStatus(api: Api, node: string, options: Options = {}): Promise<string> {
  const data = row(await api.get<unknown>(path`/nodes/${node}/subscription`, {}, options));
  return text(data.status) ?? 'unknown';
}
