import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, interpolated, text, yaml } from './tools.ts';

/** A service of a stack, as far as the tests read it. */
export interface Service {
  environment: Record<string, string>;
  labels?: Record<string, string>;
  deploy: {
    replicas?: number;
    labels?: Record<string, string>;
    resources: { limits: Record<string, unknown> };
  };
  volumes: string[];
  healthcheck: { test: string[] };
  [key: string]: unknown;
}

interface Stack {
  services: Record<string, Service>;
  secrets: Record<string, unknown>;
}

/** The stacks that are shipped. */
export const STACKS = ['deploy/compose.yaml', 'deploy/swarm.yaml'];
/** What a stack must be told. */
export const REQUIRED = {
  IMAGE: 'git.example.com/you/proxmox-mcp:1',
  PROXMOX_URL: 'pve.example.lan',
  PROXMOX_TOKEN_ID: 'mcp@pve!assistant',
  MCP_DOMAIN: 'mcp.example.com',
};

/** A stack with its variables filled in. */
export function parsed(file: string): Stack {
  const filled = join(folder(), 'stack.yaml');
  writeFileSync(filled, interpolated(text(file), REQUIRED));
  return yaml<Stack>(filled);
}

/** The server's service in it. */
export function stack(file: string): Service {
  const service = parsed(file).services['proxmox-mcp'];
  if (service === undefined) throw new Error(`no proxmox-mcp in ${file}`);
  return service;
}

/** In a swarm, Traefik reads the service's labels; without one, the container's. */
export function labels(file: string): Record<string, string> {
  const service = stack(file);
  return service.labels ?? service.deploy.labels ?? {};
}
