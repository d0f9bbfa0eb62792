import { settings as usualSettings } from '../src/config/settings.ts';
import { telemetrySettings } from '../src/config/telemetry-settings.ts';
import { pveCatalog } from '../src/schema/pve-catalog.ts';
import { listTools } from '../src/server/list-tools.ts';
import { listPrompts } from '../src/server/prompt-text.ts';
import { listResources, listTemplates } from '../src/server/resources.ts';
import { routes as routeTable } from '../src/simulator/routes/all.ts';
import { tools as allTools } from '../src/tools/all.ts';
import { TOOLSETS } from '../src/tools/toolset.ts';
import { misses } from '../test/fidelity/misses.ts';
import { effectsList } from './gen-effects.ts';
import { typesOf } from './gen-types.ts';

export const toolsets = TOOLSETS;
/** What the generated files are made from. Beside the listed form stands what clients are not told. */
export const tools = listTools(allTools).map((listed) => {
  const { effect, toolset, core } = allTools.find((tool) => tool.name === listed.name) ?? {};
  return { ...listed, effect, toolset, core };
});
const names = new Set(allTools.map(({ name }) => name));
/** What is listed beside the tools, where all of them are offered. */
export const besides = {
  prompts: listPrompts(names),
  resources: listResources(names),
  resourceTemplates: listTemplates(names),
};
export { misses };

export const settings = { ...usualSettings, ...telemetrySettings };
export const routes = Object.keys(routeTable);
export const methods = pveCatalog().methods.map(({ method, path }) => ({ method, path }));
export const pveTypes = typesOf(pveCatalog().methods);
export const effects = effectsList();
