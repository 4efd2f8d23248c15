/** A dual-stack fleet that names one family, on a real API server with two: it comes to rest. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitForRest } from '../../../test/cluster.js';
import { RunningFleet } from '../../../test/running-fleet.js';

let fleet: RunningFleet;

beforeAll(async () => {
  fleet = await RunningFleet.start('dual', { service: { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4'] } });
}, 120_000);
afterAll(() => fleet.stop(), 60_000);

test('the family that the API server adds is left alone', async () => {
  for (const name of ['public', 'public-eu-1']) {
    const families = fleet.cluster.kubectl('get', 'service', name, '--output', 'jsonpath={.spec.ipFamilies[*]}');
    expect(families).toBe('IPv4 IPv6');
  }
  await waitForRest(fleet.cluster, fleet.operator);
}, 120_000);
