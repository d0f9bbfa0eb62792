import type * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { Pve } from '../pve/pve.ts';
import type { ApiSchema } from '../schema/api-schema.ts';
import type { Effect } from '../schema/effect.ts';
import type { Toolset } from './toolset.ts';

/** Reports how far a long call has come. `total` is absent while it is not known. */
export type Progress = (done: number, total: number | undefined, message: string) => void;

/** One cluster, as one caller may use it. */
export interface Cluster {
  /** Every call passes the gate. */
  pve: Pve;
  /** The API as this server has it; loaded when first asked for. */
  schema(): Promise<ApiSchema>;
  clock: Clock;
}

/** What a tool may use: everything it needs comes in here, nothing is global. */
export interface ToolContext extends Cluster {
  progress: Progress;
  /** Aborts when the client cancels or goes away. */
  signal: AbortSignal;
}

/** A tool's answer: `text` stands alone (old clients never read `data`); `data` has the same facts. */
export interface ToolAnswer<Data> {
  text: string;
  data: Data;
}

/** One tool. See `defineTool`. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  /** `verb_noun`; at most 63 characters with a client's prefix. */
  name: string;
  title: string;
  toolset: Toolset;
  /** Whether it belongs to the few that `MCP_TOOLSETS=core` leaves. */
  core?: true;
  /** The worst that it can do: annotations, filters and docs derive from it. The gate judges each call by itself. */
  effect: Effect;
  /** The calls without which it is of no use: where the settings forbid one, it is not listed. `GET /cluster/resources` */
  needs?: readonly string[];
  /** Whether it is of use where only reading is allowed, though it can do more. */
  alsoReads?: true;
  /** Its first words decide whether a client that searches tools finds it. */
  description: string;
  input: Input;
  output: Output;
  /** Arguments that work against the demo cluster; a test runs them. */
  example: z.input<Input>;
  run(input: z.output<Input>, context: ToolContext): Promise<ToolAnswer<z.input<Output>>>;
}

/** What clients are told about a tool's effect, as MCP's hints. They protect nobody: the gate in `api/` does. */
export function annotations({ effect }: { effect: Effect }) {
  // Every listed byte is paid for in each conversation: nothing else has a meaning beside `readOnlyHint`.
  return effect === 'read' ? { readOnlyHint: true } : { destructiveHint: effect === 'danger' };
}

/** Declares a tool; exists for its types. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>,
): Tool<Input, Output> {
  return tool;
}
