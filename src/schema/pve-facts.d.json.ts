// Declared by hand, so that the compiler does not infer a type from half a megabyte of literals.
import type { BareMethod } from './method.ts';

declare const facts: { source: string; methods: BareMethod[] };
export = facts;
