import type { Call, Routes } from '../../call.ts';
import { digestOf, type Section } from '../../world/sections.ts';
import { no } from '../find.ts';
import { assertUnchanged, changeSection, optionsOf, requireOptions, saying } from '../section-config.ts';

const base = '/cluster/ha/rules';

const rules = ({ world }: Call) => world.sections.of('ha/rules');

const words = (text: unknown) =>
  String(text ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

const required: Record<string, readonly string[]> = {
  ...{ 'node-affinity': ['resources', 'nodes'], 'resource-affinity': ['resources', 'affinity'] },
};

/** Resources must be under HA, nodes must be there. */
function check({ world }: Call, { resources, nodes }: Section): void {
  const unmanaged = words(resources)
    .sort()
    .filter((sid) => !world.ha.has(sid));
  if (unmanaged.length > 0) throw no(`cannot use unmanaged resource(s) ${unmanaged.join(', ')}.`);
  const unknown = words(nodes)
    .map((node) => node.replace(/:\d+$/, ''))
    .sort()
    .filter((name) => !world.nodes.has(name));
  if (unknown.length > 0) throw no(`cannot use non-existent node(s) ${unknown.join(', ')}.`);
}

function row(call: Call, rule: string, section: Section): Section {
  const order = [...rules(call).keys()].indexOf(rule) + 1;
  const defaults = section.type === 'node-affinity' ? { strict: 0 } : {};
  return { ...defaults, ...section, rule, order, digest: digestOf(rules(call)) };
}

function create(call: Call): null {
  const { rule, type } = call.params;
  const section: Section = { type, ...optionsOf(call, 'rule') };
  requireOptions(section, ...(required[type] ?? []));
  if (!section.disable) delete section.disable;
  return saying('create ha rule failed', () => {
    if (rules(call).has(rule)) throw no(`HA rule '${rule}' already defined`);
    check(call, section);
    rules(call).set(rule, section);
    return null;
  });
}

function update(call: Call): null {
  const { rule, digest } = call.params;
  return saying('update HA rules failed', () => {
    assertUnchanged(digestOf(rules(call)), digest);
    const old = rules(call).get(rule);
    if (!old) throw no(`HA rule '${rule}' does not exist`);
    const section = { ...old };
    changeSection(section, call, { ids: ['rule'], required: required[String(old.type)] ?? [] });
    check(call, section);
    rules(call).set(rule, section);
    return null;
  });
}

/** Which resources belong together or apart, and on which nodes. They are kept; nothing moves by them. */
export const haRuleRoutes: Routes = {
  [`GET ${base}`]: (call) =>
    [...rules(call)]
      .map(([rule, section]) => row(call, rule, section))
      .filter(({ type }) => call.params.type === undefined || type === call.params.type)
      .filter(
        ({ resources }) =>
          call.params.resource === undefined || words(resources).includes(call.params.resource),
      ),
  [`POST ${base}`]: create,
  [`GET ${base}/{rule}`]: (call) => {
    const section = rules(call).get(call.params.rule);
    if (!section) throw no(`no such ha rule '${call.params.rule}'`);
    return row(call, call.params.rule, section);
  },
  [`PUT ${base}/{rule}`]: update,
  // Deleting one that is not there is no error.
  [`DELETE ${base}/{rule}`]: (call) => {
    rules(call).delete(call.params.rule);
    return null;
  },
};
