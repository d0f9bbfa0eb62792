import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import { line } from '../render/untrusted.ts';
import { listPrompts, offeredPrompts, promptText } from './prompt-text.ts';

/** Serves the prompts. They are texts about tools: nothing is asked of Proxmox. */
export function handlePrompts(server: Server, tools: ReadonlySet<string>): void {
  server.setRequestHandler('prompts/list', () => ({ prompts: listPrompts(tools) }));
  server.setRequestHandler('prompts/get', ({ params: { name, arguments: given = {} } }) => {
    const offered = offeredPrompts(tools);
    const prompt = offered.find((each) => each.name === name);
    if (prompt === undefined) {
      const known = offered.map((each) => each.name).join(', ') || 'none';
      throw refused(`There is no prompt ${JSON.stringify(line(name, 80))}. Known: ${known}.`);
    }
    const names = prompt.arguments.map((each) => each.name);
    const strange = Object.keys(given).filter((each) => !names.some((known) => known === each));
    if (strange.length > 0) {
      const unknown = strange.map((each) => JSON.stringify(line(each, 80))).join(', ');
      throw refused(`${name} has no argument ${unknown}. It has: ${names.join(', ')}.`);
    }
    const missing = prompt.arguments.find((each) => each.required && !given[each.name]?.trim());
    if (missing) throw refused(`${name} needs ${missing.name}: ${missing.description}.`);
    const text = promptText(prompt, given, tools);
    return { description: prompt.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
  });
}

function refused(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
