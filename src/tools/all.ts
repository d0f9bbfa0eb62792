import { apiDescribe } from './api-describe.ts';
import { apiSearch } from './api-search.ts';
import { getClusterResources } from './get-cluster-resources.ts';
import { listNodes } from './list-nodes.ts';
import { proxmoxApiCall } from './proxmox-api-call.ts';
import type { Tool } from './tool.ts';

/** Every tool, in the order in which clients see them. */
export const tools: readonly Tool[] = [
  listNodes,
  getClusterResources,
  apiSearch,
  apiDescribe,
  proxmoxApiCall,
];
