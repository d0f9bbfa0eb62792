// Declared by hand, so that the compiler does not infer a type from 661 literals.
declare const summaries: Record<string, string>;
export = summaries;
