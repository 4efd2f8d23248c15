/** Families of addresses that the API server adds to a dual-stack Service are no drift; others are. */
import { describe, expect, test } from '@jest/globals';
import { coversIntent } from './covers.js';

const owned = { 'f:spec': { 'f:ipFamilyPolicy': {}, 'f:ipFamilies': {} } };
const service = (ipFamilyPolicy: string, ...ipFamilies: readonly string[]) => ({
  spec: { ipFamilyPolicy, ipFamilies },
});

describe('a Service of the families', () => {
  test.each([
    { wanted: ['IPv4'], live: ['IPv4', 'IPv6'], isSame: true },
    { wanted: ['IPv4', 'IPv6'], live: ['IPv4', 'IPv6'], isSame: true },
    { wanted: ['IPv6'], live: ['IPv4', 'IPv6'], isSame: false },
    { wanted: ['IPv4', 'IPv6'], live: ['IPv4'], isSame: false },
  ])('$live, of which $wanted are wanted, is as intended: $isSame', ({ wanted, live, isSame }) => {
    const policy = 'PreferDualStack';
    expect(coversIntent(service(policy, ...live), service(policy, ...wanted), owned)).toBe(isSame);
  });

  test('is not as intended under another policy', () => {
    const live = service('PreferDualStack', 'IPv4', 'IPv6');
    expect(coversIntent(live, service('SingleStack', 'IPv4'), owned)).toBe(false);
  });
});
