import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findInputProblems, losePop, planCapacity } from './plan.js';
import { cacheFor, popsForNewFleet, sizePops } from './sizing.js';
import { type CapacityInputs, type PopInputs, popSizings } from './types.js';

const evenPops = (count: number, limits: Partial<PopInputs> = {}): readonly PopInputs[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `pop-${index + 1}`,
    minServers: 1,
    maxServers: 1000,
    sharePercent: 100 / count,
    ...limits,
  }));

const textbook: CapacityInputs = {
  expectedQps: 1_000_000,
  capacityQps: 100_000,
  targetUtilizationPercent: 70,
  redundancy: 2,
  popSizing: 'EvenShare',
  growthPercentPerYear: 30,
  horizonYears: 3,
  pops: evenPops(6),
  entryBytes: 650,
};
const serversOf = (inputs: CapacityInputs) => sizePops(inputs).pops.map(({ servers }) => servers);

describe('the reference points of the model', () => {
  test('each of ten PoPs for a whole million queries/s has 17 servers', () => {
    const pops = evenPops(popsForNewFleet(1_000_000));
    expect(serversOf({ ...textbook, popSizing: 'WholeLoadPerPop', pops })).toEqual(Array(10).fill(17));
  });

  test('six PoPs that share it evenly have five each, 30 in all', () => {
    expect(sizePops(textbook)).toMatchObject({ servers: 30, mostQps: 3_000_000, targetQps: 2_100_000, missing: 0 });
    expect(serversOf(textbook)).toEqual(Array(6).fill(5));
    expect(sizePops(textbook).pops[0]?.sum).toBe('ceil(166,667 / (100,000 x 70 %)) + 2 = 5');
  });

  test.each([
    [1, 100_000],
    [5, 500_000],
    [15, 1_500_000],
    [50, 5_000_000],
    [250, 25_000_000],
  ])('%d servers answer %d queries/s at their limit', (servers, mostQps) => {
    const pops = evenPops(1, { minServers: servers, maxServers: servers });
    expect(sizePops({ ...textbook, pops, expectedQps: 1, redundancy: 0 })).toMatchObject({ servers, mostQps });
  });

  test.each([
    [1, 3],
    [99_999, 3],
    [100_000, 5],
    [999_999, 5],
    [1_000_000, 10],
    [4_999_999, 10],
    [25_000_000, 50],
  ])('a new fleet for %d queries/s has %d PoPs', (expectedQps, count) => {
    expect(popsForNewFleet(expectedQps)).toBe(count);
  });

  test('a server of 100,000 queries/s keeps a million names', () => {
    expect(cacheFor(100_000, 300)).toEqual({ names: 1_000_000, bytes: 300_000_000 });
  });

  test('30 % a year are 1.3, 1.69 and 2.197 million queries/s, with the servers that they take', () => {
    const { years } = planCapacity(textbook);
    expect(years.map(({ expectedQps }) => expectedQps)).toEqual([1_000_000, 1_300_000, 1_690_000, 2_197_000]);
    // 216,667, 281,667 and 366,167 queries/s in each of six PoPs.
    expect(years.map(({ sizing }) => sizing.servers)).toEqual([30, 36, 42, 48]);
    expect(years[1]?.actions).toContainEqual({ type: 'AddServers', pop: 'pop-1', from: 5, to: 6 });
    expect(years[0]?.actions).toEqual([]);
  });
});

describe('shares and losses', () => {
  const uneven = [60, 30, 10].map((sharePercent, index) => ({
    name: `pop-${index + 1}`,
    minServers: 1,
    maxServers: 1000,
    sharePercent,
  }));

  test('to survive the largest PoP, the others carry their part of its clients, and it carries that of the next', () => {
    const { pops } = sizePops({ ...textbook, popSizing: 'SurviveLargestPop', pops: uneven });
    expect(pops.map(({ plannedQps }) => Math.round(plannedQps))).toEqual([857_143, 750_000, 250_000]);
  });

  test('a plan to survive the largest holds when any one PoP is lost', () => {
    const inputs = { ...textbook, popSizing: 'SurviveLargestPop' as const, pops: uneven };
    for (const lost of uneven) {
      const outcomes = losePop(inputs, sizePops(inputs), lost);
      expect(outcomes.map(({ holds }) => holds)).toEqual([true, true]);
    }
  });

  test('an even share does not survive the loss of a PoP where there was no room', () => {
    const inputs = { ...textbook, pops: evenPops(2), expectedQps: 1_400_000 };
    const [lost] = inputs.pops;
    if (!lost) throw new Error('there is no PoP');
    expect(losePop(inputs, sizePops(inputs), lost)).toEqual([
      { name: 'pop-2', queriesPerSecond: 1_400_000, servers: 12, utilizationPercent: 140, holds: false },
    ]);
  });

  test('the PoP with the least room is the first to reach its limit', () => {
    const pops = uneven.map((pop) => ({ ...pop, minServers: pop.name === 'pop-3' ? 20 : 1 }));
    // pop-1: 600,000 of 9 x 70,000; pop-2: 300,000 of 5 x 70,000.
    expect(planCapacity({ ...textbook, pops }).firstLimit).toEqual({ pop: 'pop-1', expectedQps: 1_050_000 });
  });
});

describe('limits', () => {
  test('what `maxServers` does not allow is counted', () => {
    const [pop] = sizePops({ ...textbook, pops: evenPops(1, { maxServers: 10 }) }).pops;
    expect(pop).toMatchObject({ needed: 15, servers: 10, missing: 7 });
    expect(pop?.sum).toMatch(/= 17; `maxServers` allows 10$/);
  });

  test('PoPs are added in the year in which those that are there have no room, and stay', () => {
    const { years } = planCapacity({ ...textbook, pops: evenPops(6, { maxServers: 6 }) });
    expect(years.map(({ sizing }) => [sizing.pops.length, sizing.missing])).toEqual([
      [6, 0],
      [6, 0],
      [7, 0],
      [8, 0],
    ]);
    expect(years[2]?.actions).toContainEqual({ type: 'AddPops', count: 1, serversEach: 6 });
  });

  test('more PoPs are of no use where each has to carry all', () => {
    const { years } = planCapacity({
      ...textbook,
      popSizing: 'WholeLoadPerPop',
      pops: evenPops(3, { maxServers: 17 }),
    });
    expect(years[1]?.sizing).toMatchObject({ missing: 12 });
    expect(years[1]?.actions.filter(({ type }) => type === 'AddPops')).toEqual([]);
  });
});

test.each<[string, Partial<CapacityInputs>]>([
  ['expectedQps is 0: it must be between 1 and 1000000000000', { expectedQps: 0 }],
  ['expectedQps is NaN: it must be between 1 and 1000000000000', { expectedQps: Number.NaN }],
  ['capacityQps is -5: it must be between 1 and 1000000000', { capacityQps: -5 }],
  ['targetUtilizationPercent is 101: it must be between 1 and 100', { targetUtilizationPercent: 101 }],
  ['horizonYears is 1000: it must be between 0 and 20', { horizonYears: 1000 }],
  ['the number of PoPs is 0: it must be between 1 and 512', { pops: [] }],
  ['the shares of the PoPs add up to 90: they must add up to 100', { pops: evenPops(3, { sharePercent: 30 }) }],
  ['pop-1: maxServers is 2: it must be between 5 and 1000', { pops: evenPops(1, { minServers: 5, maxServers: 2 }) }],
  ['the PoP a is named twice: every PoP needs a name of its own', { pops: evenPops(2, { name: 'a' }) }],
])('%s', (problem, wrong) => {
  expect(findInputProblems({ ...textbook, ...wrong })).toEqual([problem]);
});

test('a PoP that has all of the clients leaves nothing to plan for the others', () => {
  const [first, second] = evenPops(2);
  if (!first || !second) throw new Error('there are no PoPs');
  const pops = [
    { ...first, sharePercent: 100 },
    { ...second, sharePercent: 0 },
  ];
  const inputs = { ...textbook, popSizing: 'SurviveLargestPop' as const, pops };
  expect(findInputProblems(inputs)).toEqual([
    'a share of 100 leaves nothing for the other PoPs: give each a share above 0',
  ]);
});

const inputsOf = fc
  .record({
    expectedQps: fc.integer({ min: 1, max: 50_000_000 }),
    capacityQps: fc.integer({ min: 1000, max: 1_000_000 }),
    targetUtilizationPercent: fc.integer({ min: 10, max: 100 }),
    redundancy: fc.integer({ min: 0, max: 5 }),
    popSizing: fc.constantFrom(...popSizings),
    growthPercentPerYear: fc.integer({ min: 0, max: 100 }),
    horizonYears: fc.integer({ min: 0, max: 3 }),
    entryBytes: fc.integer({ min: 100, max: 2000 }),
    weights: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 8 }),
    limits: fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 10, max: 1000 })),
  })
  .map(({ weights, limits: [minServers, maxServers], ...rest }): CapacityInputs => {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const pops = weights.map((weight, index) => ({
      name: `pop-${index + 1}`,
      minServers,
      maxServers,
      sharePercent: (100 * weight) / sum,
    }));
    return { ...rest, pops };
  });

test('no PoP has fewer servers for more load', () => {
  fc.assert(
    fc.property(inputsOf, fc.integer({ min: 0, max: 10_000_000 }), (inputs, more) => {
      const less = serversOf(inputs);
      const rest = serversOf({ ...inputs, expectedQps: inputs.expectedQps + more });
      rest.forEach((servers, index) => expect(servers).toBeGreaterThanOrEqual(less[index] ?? 0));
    }),
    { numRuns: 2000 },
  );
});

test('every PoP has what it needs and the redundancy, or says how much is missing; and no year has fewer servers', () => {
  fc.assert(
    fc.property(inputsOf, (inputs) => {
      expect(findInputProblems(inputs)).toEqual([]);
      const { years, pops } = planCapacity(inputs);
      for (const { needed, servers, missing } of pops) {
        expect(servers + missing).toBeGreaterThanOrEqual(needed + inputs.redundancy);
      }
      years.slice(1).forEach(({ sizing }, index) => {
        const before = years[index]?.sizing.servers ?? 0;
        if (sizing.pops.length === years[index]?.sizing.pops.length) {
          expect(sizing.servers).toBeGreaterThanOrEqual(before);
        }
      });
    }),
    { numRuns: 1000 },
  );
});

test('whatever PoP is lost, a plan that survives the largest and found room holds', () => {
  fc.assert(
    fc.property(inputsOf, (given) => {
      const inputs = { ...given, popSizing: 'SurviveLargestPop' as const };
      const sizing = sizePops(inputs);
      if (sizing.missing > 0) return;
      for (const lost of inputs.pops) {
        for (const { utilizationPercent } of losePop(inputs, sizing, lost)) {
          // One server more or less for what rounding does to a share.
          expect(utilizationPercent).toBeLessThanOrEqual(inputs.targetUtilizationPercent * (1 + 1e-9));
        }
      }
    }),
    { numRuns: 2000 },
  );
});
