import { Failure } from '../failure.ts';
import type { Tool } from './tool.ts';
import { type Choice, TOOLSETS } from './toolset.ts';

/**
 * The tools that were asked for.
 *
 * @throws Failure `config` for a name that no tool and no tool set has
 */
export function chosenTools<Known extends Pick<Tool, 'name' | 'toolset' | 'core'>>(
  tools: readonly Known[],
  { toolsets, tools: names }: Choice,
): readonly Known[] {
  const sets: readonly string[] = [...TOOLSETS, 'core', 'all'];
  refuseUnknown('MCP_TOOLSETS', toolsets, sets);
  refuseUnknown(
    'MCP_TOOLS',
    names,
    tools.map(({ name }) => name),
  );
  if (toolsets.length === 0 && names.length === 0) return tools;
  return tools.filter(
    ({ name, toolset, core }) =>
      names.includes(name) ||
      toolsets.includes(toolset) ||
      toolsets.includes('all') ||
      (core === true && toolsets.includes('core')),
  );
}

function refuseUnknown(setting: string, given: readonly string[], known: readonly string[]): void {
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new Failure(
    'config',
    `${setting} has ${unknown.map((name) => JSON.stringify(name)).join(', ')}, which this version does not have.`,
    `It can have: ${known.join(', ')}.`,
  );
}
