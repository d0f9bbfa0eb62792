/** Everything of ours in Redis. A database for itself is not needed, but good for whoever cleans up. */
const OURS = 'proxmox-mcp:';

/** The key that signs plans, where MCP_STORE_KEY gives none. */
export const SIGNING_KEY = `${OURS}key`;
/** A sorted set: the ids of plans by when they were made. */
export const PLANS = `${OURS}plans`;
export const planKey = (id: string) => `${OURS}plan:${id}`;
export const decisionKey = (id: string) => `${OURS}decision:${id}`;
/** A stream: one entry for each line, under the line's number. */
export const LEDGER = `${OURS}ledger`;
/** The line of the ledger with the change that began this task. */
export const taskKey = (upid: string) => `${OURS}task:${upid}`;
/** How full something is that is counted: requests, wrong tokens. */
export const bucketKey = (name: string) => `${OURS}bucket:${name}`;
export const schemaKey = (key: string) => `${OURS}schema:${key}`;
