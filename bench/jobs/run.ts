import { runSteps } from './house.ts';
import { looking } from './looking.ts';
import { making } from './making.ts';
import { reporting } from './reporting.ts';
import { working } from './working.ts';

// The report of all jobs, both ways, as JSON.
const jobs = [...looking, ...reporting, ...working, ...making];
const rows = [];
for (const { question, curated, raw, facts } of jobs) {
  const ways = { curated: await runSteps(curated), raw: await runSteps(raw) };
  const missing = (done: (typeof ways)['raw']) => {
    const all = done.answers.map(({ text }) => text).join('\n');
    return facts.filter((fact) => !fact.test(all)).map(String);
  };
  const short = (done: (typeof ways)['raw']) => ({ ...done, answers: undefined, missing: missing(done) });
  rows.push({ question, curated: short(ways.curated), raw: short(ways.raw) });
  if (process.argv.includes('--answers'))
    console.error(question, '\n', ways.curated.answers.map(({ text }) => text).join('\n'));
}
console.log(JSON.stringify(rows));
