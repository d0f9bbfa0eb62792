import type * as z from 'zod';
import type { Pve } from '../pve/pve.ts';

/** What a tool does to the world. Declared once; annotations, filters, approval and docs derive from it. */
export type Effect = 'read' | 'change' | 'danger';

/** Reports how far a long call has come. `total` is absent while it is not known. */
export type Progress = (done: number, total: number | undefined, message: string) => void;

/** What a tool may use: everything it needs comes in here, nothing is global. */
export interface ToolContext {
  pve: Pve;
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
  /** What the tool set is called in settings. */
  toolset: string;
  effect: Effect;
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
  const read = effect === 'read';
  return {
    readOnlyHint: read,
    destructiveHint: effect === 'danger',
    idempotentHint: read,
    openWorldHint: false,
  };
}

/** Declares a tool; exists for its types. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>,
): Tool<Input, Output> {
  return tool;
}
