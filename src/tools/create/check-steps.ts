import { readCall } from '../../api/gate/call.ts';
import { Failure } from '../../failure.ts';
import { wrongParameters } from '../api/check-call.ts';
import type { Step } from '../steps.ts';
import type { ToolContext } from '../tool.ts';

/**
 * Asks the schema whether Proxmox would take these steps, before the first of them changes anything: a name that it refuses
 * must not show when half of a guest is made.
 *
 * @throws Failure for the first step that it would refuse
 */
export async function checkSteps(steps: readonly Step[], context: ToolContext): Promise<void> {
  if (steps.length === 0) return;
  const schema = await context.schema();
  for (const { verb, path, params = {} } of steps) {
    const sent = readCall(context.pve.api.wire(verb, path, params), '/api2/json');
    const found = schema.catalog.find(verb, sent.path);
    if (found === undefined && sent.path.endsWith('/oci-registry-pull') && schema.source !== 'bundled')
      throw new Failure(
        'not_implemented',
        `OCI images need Proxmox VE 9.1; this server is ${schema.version ?? 'older'}.`,
        'Use a container template instead: give its name, such as debian-13-standard, or a URL.',
      );
    const problem = await wrongParameters({ verb, sent, found, schema }, context);
    if (problem !== undefined) throw problem;
  }
}
