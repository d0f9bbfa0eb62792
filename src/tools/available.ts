import type { Policy } from '../api/gate/policy.ts';
import { forbiddenCall } from '../api/gate/rules.ts';
import type { Verb } from '../api/wire.ts';
import type { Tool } from './tool.ts';

/**
 * The tools that the settings leave possible. They alone are listed: a tool that can only be refused wastes a model's time,
 * and every conversation pays for it.
 */
export function availableTools<Known extends Pick<Tool, 'needs' | 'effect' | 'alsoReads'>>(
  tools: readonly Known[],
  policy: Policy,
): readonly Known[] {
  return tools
    .filter(({ needs = [] }) => needs.every((call) => isPossible(call, policy)))
    .filter(({ effect, alsoReads }) => !policy.readOnly || effect === 'read' || alsoReads === true)
    .map((tool) => (policy.readOnly ? { ...tool, effect: 'read' } : tool));
}

function isPossible(call: string, policy: Policy): boolean {
  const [verb, path] = call.split(' ') as [Verb, string];
  return forbiddenCall({ verb, path, params: {} }, policy) === undefined;
}
