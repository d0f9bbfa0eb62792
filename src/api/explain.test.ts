import { describe, expect, test } from 'vitest';
import { type CallFacts, explain } from './explain.ts';
import { explainText } from './explain-text.ts';
import type { Verb } from './wire.ts';

function callOf(text: string): CallFacts {
  const [verb, path] = text.split(' ') as [Verb, string];
  return { verb, path, who: { kind: 'token', name: 'root@pam!lab' } };
}

function explained(status: number, reason: string, body = '', call = 'GET /nodes/pve1/status') {
  return explain({ status, reason, headers: {}, body }, callOf(call));
}

// Every error recorded on PVE 9.2 is read in test/failures.test.ts.
describe('what a failure tells', () => {
  test('a missing privilege: which, where and for whom', () => {
    const { code, hint } = explained(403, 'Permission check failed (/vms/100, VM.PowerMgmt)');
    expect(code).toBe('forbidden');
    expect(hint).toContain('root@pam!lab needs VM.PowerMgmt on /vms/100');
  });

  test('one of several privileges', () => {
    expect(explained(403, 'Permission check failed (/vms/100, Sys.Audit|Sys.Modify)').hint).toContain(
      'needs Sys.Audit or Sys.Modify on /vms/100',
    );
  });

  test('a call that no token may make: log in with a password', () => {
    const reason =
      "Permission check failed (URI '/access/password' not available with API token, need proper ticket.";
    expect(explained(403, reason).hint).toMatch(/password/);
  });

  test('several refused parameters stand in the message, each with its word', () => {
    const errors = {
      vmid: "type check ('integer') failed - got 'abc'",
      cores: 'value must have a minimum value of 1',
    };
    const body = JSON.stringify({ data: null, message: 'Parameter verification failed.\n', errors });
    const failure = explained(400, 'Parameter verification failed.', body, 'POST /nodes/pve1/qemu');
    expect(failure.code).toBe('invalid_parameter');
    expect(failure.message).toContain(`vmid: ${errors.vmid}`);
    expect(failure.message).toContain(`cores: ${errors.cores}`);
    expect(failure.details.errors).toEqual(errors);
  });

  test('a taken VMID is `exists`, though it comes as a parameter error', () => {
    const body = JSON.stringify({ data: null, errors: { vmid: 'VM 100 already exists' } });
    expect(explained(400, 'Parameter verification failed.', body).code).toBe('exists');
  });

  test('two errors of different kinds are `invalid_parameter`', () => {
    const errors = { vmid: 'VM 100 already exists', foo: 'property is not defined in schema' };
    expect(explained(400, 'x', JSON.stringify({ data: null, errors })).code).toBe('invalid_parameter');
  });

  test.each([
    ["invalid format - unable to parse volume ID 'x'", /storage:name/],
    ['value must have a minimum value of 1', /limit/],
    ['value may only be 40 characters long', /long/],
    ["type check ('integer') failed - got '4G'", /number/],
    ['value does not look like a valid ipv4 network configuration', /192\.0\.2\.0/],
    ['invalid format - something new', /API description/],
  ])('a refused value: %s', (text, hint) => {
    const body = JSON.stringify({ data: null, errors: { x: text } });
    expect(explained(400, 'Parameter verification failed.', body).hint).toMatch(hint);
  });

  test('a node out of reach did nothing; one that fell silent may have', () => {
    const refused = explained(595, 'No route to host', '', 'POST /nodes/pve2/qemu/100/status/start');
    expect(refused.message).toContain('pve2');
    expect(refused.details.mayHaveRun).toBeUndefined();
    const silent = explained(596, 'Connection timed out', '', 'POST /nodes/pve2/qemu/100/status/start');
    expect(silent.details.mayHaveRun).toBe(true);
    expect(silent.hint).toMatch(/before sending it again/);
    expect(explained(596, 'Connection timed out').details.mayHaveRun).toBeUndefined();
  });

  test('a refusal in the words of Proxmox Backup Server says that it is one', () => {
    expect(explained(401, 'authentication failed').hint).toMatch(/Backup Server.*port 8006/);
    for (const words of ['authentication failure', 'Authentication failed!'])
      expect(explained(401, words).hint).not.toMatch(/Backup Server/);
  });

  test('an unknown path and a method that needs another path', () => {
    expect(explained(501, "Method 'GET /nope' not implemented", '', 'GET /nope').hint).toContain('GET /nope');
  });

  describe.each([
    [502, 'Bad Gateway', 'text/html', '<html>\r\n<head><title>502 Bad Gateway</title></head></html>'],
    [503, 'Service Unavailable', 'text/html', '<html><body><h1>503 Service Unavailable</h1></body></html>'],
    [504, 'Gateway Time-out', 'text/html', '<html><head><title>504 Gateway Time-out</title></head></html>'],
    [502, 'Bad Gateway', 'text/plain', 'Bad Gateway'],
    [503, '', 'text/html', ''],
  ])('a reverse proxy without Proxmox behind it: %i %s as %s', (status, reason, type, body) => {
    const tell = (call: string) =>
      explain({ status, reason, headers: { 'content-type': type }, body }, callOf(call));

    test('is told apart from another web server', () => {
      const failure = tell('GET /pools');
      expect(failure.code).toBe('bad_answer');
      expect(failure.message).toMatch(/reverse proxy got no answer of Proxmox/);
      expect(failure.message).toContain(`(${status})`);
      expect(failure.message).not.toContain('<');
      expect(failure.hint).toContain('the address of Proxmox itself');
      expect(failure.details.mayHaveRun).toBeUndefined();
    });

    test('leaves a change in doubt', () => {
      const failure = tell('POST /pools');
      expect(failure.details.mayHaveRun).toBe(true);
      expect(failure.hint).toContain('before sending it again');
    });
  });

  test('a page of another web server', () => {
    const failure = explained(404, 'Not Found', '<html><h1>Not Found</h1></html>', 'POST /pools');
    expect(failure.code).toBe('bad_answer');
    expect(failure.message).toContain('web page');
    expect(failure.details.mayHaveRun).toBe(true);
  });

  test('a redirect, as plain HTTP gets on the TLS port', () => {
    const response = {
      status: 301,
      reason: 'Moved Permanently',
      headers: { location: 'https://h:8006/x?a=b' },
      body: '',
    };
    const failure = explain(response, callOf('GET /version'));
    expect(failure.code).toBe('bad_answer');
    expect(failure.message).toContain('https://h:8006/x ');
  });

  test('no words at all', () => {
    expect(explained(500, '')).toMatchObject({
      code: 'refused',
      message: 'Proxmox answered 500 without a word',
    });
  });

  test('control characters of a server do not pass', () => {
    expect(explained(500, 'a\u001b[31mb').message).toBe('a [31mb');
  });
});

describe('explainText reads what a task ended with', () => {
  test.each([
    ['VM is locked (backup)', 'locked'],
    ["can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout", 'locked'],
    ["cfs-lock 'file-user_cfg' error: got lock request timeout", 'locked'],
    ['VM 100 already running', 'wrong_state'],
    ["you can't start a vm if it's a template", 'wrong_state'],
    [
      "cannot remove protected volume 'backup/vzdump-qemu-102-2026_11_22-16_41_19.vma' on 'local'",
      'wrong_state',
    ],
    ['snapshot feature is not available', 'wrong_state'],
    ["snapshot name 'before' already used", 'exists'],
    ["snapshot 'nope' does not exist", 'not_found'],
    ["no such cluster node 'nonode'", 'not_found'],
    ['VM quit/powerdown failed - got timeout', 'timeout'],
    ['received interrupt', 'cancelled'],
    ['download failed: Connecting to 127.0.0.1:1... failed: Connection refused.', 'refused'],
    ['unexpected status', 'refused'],
    ['something nobody has seen', 'refused'],
  ])('%s is %s', (text, code) => {
    expect(explainText(text).code).toBe(code);
    expect(explainText(text).hint.length).toBeGreaterThan(10);
  });
});
