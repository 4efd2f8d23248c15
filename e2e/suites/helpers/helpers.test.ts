import { describe, expect, test } from '@jest/globals';
import { eventually, must } from './eventually.js';
import { fleetManifest, forwardTo, plainManifests } from './manifests.js';
import { dnsFleetSchema } from '../../../operator/src/api/v1alpha1/dns-fleet.js';
import { parseDig } from './traffic.js';

const truncated = `
; <<>> DiG 9.18 <<>> @198.19.0.53 -p 53 +ignore BiG.large.load.example TXT
; (1 server found)
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
;; flags: qr tc rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232
;; QUESTION SECTION:
;BiG.large.load.example.		IN	TXT

;; Query time: 1 msec
;; SERVER: 198.19.0.53#53(198.19.0.53) (UDP)
`;

const answered = `
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
;; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0

;; QUESTION SECTION:
;a.load.example.			IN	A

;; ANSWER SECTION:
a.load.example.		300	IN	A	198.18.1.2
a.load.example.		300	IN	A	198.18.1.3

;; Query time: 1 msec
;; SERVER: fd00:19::53#53(fd00:19::53) (TCP)
`;

describe("dig's output", () => {
  test('of a truncated answer', () => {
    expect(parseDig(truncated)).toEqual({
      status: 'NOERROR',
      flags: ['qr', 'tc', 'rd', 'ra'],
      ednsBytes: 1232,
      question: 'BiG.large.load.example',
      answers: [],
      transport: 'UDP',
    });
  });

  test('of an answer over TCP without EDNS', () => {
    expect(parseDig(answered)).toMatchObject({
      ednsBytes: undefined,
      answers: ['a.load.example. 300 IN A 198.18.1.2', 'a.load.example. 300 IN A 198.18.1.3'],
      transport: 'TCP',
    });
  });
});

describe('eventually', () => {
  test('returns the first value that does not throw', async () => {
    let attempts = 0;
    const attempt = (): Promise<number> => {
      attempts += 1;
      must(attempts === 3, 'too early');
      return Promise.resolve(attempts);
    };
    await expect(eventually(attempt, { describe: 'x', timeoutMs: 10_000, intervalMs: 0 })).resolves.toBe(3);
  });

  test('says what was waited for and what was last wrong', async () => {
    const attempt = (): Promise<number> => Promise.reject(new Error('2 of 3'));
    await expect(eventually(attempt, { describe: 'three servers', timeoutMs: 0, intervalMs: 0 })).rejects.toThrow(
      'waiting for three servers: not within 0 s: 2 of 3',
    );
  });
});

describe('manifests', () => {
  const upstream = { address: '198.18.0.1', port: 5301 };

  test('of a fleet are what the API takes', () => {
    const fleet = fleetManifest({ name: 'a', regions: { eu: { 'eu-a': 2 } }, upstreams: forwardTo(upstream) });
    const stamps = { uid: 'c', generation: 1, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
    const stored = { ...fleet, metadata: { name: 'a', namespace: 'b', ...stamps } };
    expect(dnsFleetSchema.safeParse(stored).error).toBeUndefined();
  });

  test('of the plain Deployment name its upstream, and its node port where it has one', () => {
    const options = { name: 'plain', replicas: 2, upstream, threads: 1, service: { type: 'NodePort' } };
    const text = JSON.stringify(plainManifests({ ...options, nodePort: 30054 }));
    expect(text).toContain('forward-addr: 198.18.0.1@5301');
    expect(text.match(/"nodePort":30054/g)).toHaveLength(2);
    expect(JSON.stringify(plainManifests(options))).not.toContain('nodePort":');
  });
});
