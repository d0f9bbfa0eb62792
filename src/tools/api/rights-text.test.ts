import { expect, test } from 'vitest';
import { rightsText } from './rights-text.ts';

test.each([
  ['VM.Audit on /vms/1', { answer: 'yes', missing: [] }, ' (this login: yes)'],
  ['VM.Audit on /vms/1', { answer: 'unknown', missing: [] }, ''],
  ['VM.Audit on /vms/1', { answer: 'no', missing: ['VM.Audit on /vms/1'] }, ' (this login: MISSING)'],
  [
    'one of VM.A, B on /vms/1',
    { answer: 'no', missing: ['VM.A or VM.B on /vms/1'] },
    ' (this login: MISSING)',
  ],
  ['X on /, Y on /', { answer: 'no', missing: ['Y on /'] }, ' (this login: MISSING Y on /)'],
] as const)('%s: %j', (privilege, { answer, missing }, told) => {
  expect(rightsText(privilege, { answer, missing: [...missing] })).toBe(told);
});
