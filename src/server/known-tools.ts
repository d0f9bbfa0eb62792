import { tools } from '../tools/all.ts';
import { factsOf } from './list-tools.ts';
import type { ToolFacts } from './tool-facts.ts';

/**
 * Every tool's facts. The build works this module out and ships what comes of it, so that a start needs neither the tools
 * nor the library of their schemas.
 */
export const knownTools: readonly ToolFacts[] = tools.map(factsOf);
