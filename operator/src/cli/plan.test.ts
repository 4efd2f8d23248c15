import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { alignGrid, markdownGrid } from './grid.js';
import { runPlan } from './plan-command.js';
import { describePlanOptions, parsePlanOptions, UsageError } from './plan-options.js';

const fleet = `
kind: DnsFleet
metadata: {name: public}
spec:
  upstreams: {mode: Forward, servers: [{address: 192.0.2.53}]}
  access: {allow: [10.0.0.0/8]}
  server: {capacityQps: 1000}
  autoscaling: {scaleUpThresholdPercent: 50}
  capacity: {redundancy: 1}
  regions:
  - {name: eu, pops: [{name: eu-1, minServers: 2, maxServers: 20}, {name: eu-2, minServers: 2, maxServers: 20}]}
  - {name: us}
`;

/** Runs the command on files in memory. */
function plan(...argv: readonly string[]) {
  const printed: string[] = [];
  const written = new Map<string, string>();
  const code = runPlan(argv, {
    read: (path) => {
      if (path !== 'fleet.yaml') throw new Error(`there is no ${path}`);
      return fleet;
    },
    write: (path, text) => void written.set(path, text),
    print: (text) => void printed.push(text),
  });
  return { code, text: printed.join('\n'), written };
}

test('a manifest gives PoPs, limits, capacity, threshold and redundancy', () => {
  const { code, text } = plan('-f', 'fleet.yaml', '--expected-qps', '6000', '-o', 'json');
  expect(code).toBe(0);
  expect(JSON.parse(text)).toMatchObject({
    fleet: 'public',
    inputs: {
      capacityQps: 1000,
      targetUtilizationPercent: 50,
      redundancy: 1,
      // A region without PoPs is one of its own name.
      pops: [{ name: 'eu-1' }, { name: 'eu-2' }, { name: 'us', minServers: 3, maxServers: 10 }],
    },
    // 3,000 queries/s for each when one of three is lost: six servers at 500, and one to spare.
    proposal: { servers: 21, pops: [{ servers: 7 }, { servers: 7 }, { servers: 7 }] },
    keepsRedundancy: true,
  });
});

test('YAML says the same as JSON', () => {
  const argv = ['-f', 'fleet.yaml', '--expected-qps', '6000', '--lose-pop', 'us', '-o'];
  expect(parse(plan(...argv, 'yaml').text)).toEqual(JSON.parse(plan(...argv, 'json').text));
});

test('people get a table of the PoPs, what gives way first, and the years', () => {
  const { text } = plan('-f', 'fleet.yaml', '--expected-qps', '6000', '--lose-pop', 'us');
  expect(text).toMatch(/^Fleet public: 6,000 queries\/s expected/);
  expect(text).toMatch(/^POP +SHARE +PLANNED Q\/S +MIN\.\.MAX +SERVERS +MISSING +WHY$/m);
  expect(text).toMatch(/^eu-1 +33\.3 % +3,000 +2\.\.20 +7 +ceil\(3,000 \/ \(1,000 x 50 %\)\) \+ 1 = 7$/m);
  expect(text).toMatch(/^21 servers answer 21,000 queries\/s at their limit/m);
  expect(text).toMatch(/^eu-1 is the first at its limit: at 6,000 queries\/s/m);
  expect(text).toMatch(/^ +1 +7,800 +3 +27 +add 6 servers in 3 PoPs/m);
  expect(text).toMatch(/^All stay at or below 50 %\.$/m);
});

test('a plan that does not fit exits with 2, and says how many servers are missing', () => {
  const { code, text } = plan('-f', 'fleet.yaml', '--expected-qps', '12000');
  expect(code).toBe(2);
  expect(text).toMatch(/^3 servers missing: /m);
});

test('a plan that a loss would break exits with 2', () => {
  const argv = ['-f', 'fleet.yaml', '--expected-qps', '6000', '--pop-sizing', 'EvenShare'];
  expect(plan(...argv).code).toBe(0);
  const { code, text } = plan(...argv, '--lose-pop', 'eu-2');
  expect(code).toBe(2);
  expect(text).toMatch(/^Above 50 %: eu-1, us\.$/m);
});

test('the chart is a picture with all PoPs and years', () => {
  const { written } = plan('-f', 'fleet.yaml', '--expected-qps', '6000', '--plot', 'plan.svg');
  const picture = written.get('plan.svg') ?? '';
  expect(picture).toMatch(/^<svg [^>]*viewBox/);
  for (const label of ['eu-1', 'us', 'now', 'year 3', '13,182']) expect(picture).toContain(`>${label}</text>`);
  expect(picture).not.toMatch(/NaN|Infinity|undefined/);
});

test('Markdown has tables that a review can show', () => {
  const { text } = plan('--expected-qps', '1000', '--capacity-qps', '100', '-o', 'markdown');
  expect(text).toContain(
    '| PoP | Share | Planned q/s | Servers | Missing | Why |\n| --- | ---: | ---: | ---: | ---: | --- |',
  );
});

describe('what is wrong is named with its value', () => {
  test.each<[string, readonly string[]]>([
    ['--expected-qps must be given', []],
    ["--expected-qps must be a number, but is '1e6'", ['--expected-qps', '1e6']],
    ["--growth must be at most 1000, but is '2000'", ['--expected-qps', '1', '--growth', '2000']],
    ["--years must be a whole number, but is '1.5'", ['--expected-qps', '1', '--years', '1.5']],
    ["--share must be POP=PERCENT, but is 'eu'", ['--expected-qps', '1', '--share', 'eu']],
    ["--plot must end in .svg, but is 'plan.png'", ['--expected-qps', '1', '--plot', 'plan.png']],
    ["'more' is not expected", ['--expected-qps', '1', 'more']],
    ['--speed is no option', ['--expected-qps', '1', '--speed=9']],
    ['-o needs a value', ['--expected-qps', '1', '-o']],
  ])('%s', (problem, argv) => {
    expect(() => parsePlanOptions(argv)).toThrow(new UsageError(problem));
  });

  test.each<[string, readonly string[]]>([
    ['--capacity-qps must be given, because no manifest has a server.capacityQps', []],
    ['--pops is for a new fleet: the manifest says it itself', ['-f', 'fleet.yaml', '--pops', '3']],
    ['--share names asia: the PoPs are eu-1, eu-2, us', ['-f', 'fleet.yaml', '--share', 'asia=10']],
    ['--share must be given for every PoP, and is not for eu-2, us', ['-f', 'fleet.yaml', '--share', 'eu-1=10']],
    [
      'the shares of the PoPs add up to 99: they must add up to 100',
      ['-f', 'fleet.yaml', '--share', 'eu-1=50', '--share', 'eu-2=30', '--share', 'us=19'],
    ],
    ['--lose-pop names asia: the PoPs are eu-1, eu-2, us', ['-f', 'fleet.yaml', '--lose-pop', 'asia']],
  ])('%s', (problem, argv) => {
    expect(() => plan('--expected-qps', '1000', ...argv)).toThrow(new UsageError(problem));
  });

  test('a manifest whose capacity is measured', () => {
    const spec = `upstreams: {mode: Recursive}, access: {}, regions: [{name: eu}], server: {capacityQps: Measured, measuredCapacity: {minQps: 1, maxQps: 9}}`;
    const read = () => `kind: DnsFleet\nmetadata: {name: x}\nspec: {${spec}}`;
    const files = { write: () => undefined, print: () => undefined, read };
    const measured =
      /^--capacity-qps must be given, .* is Measured: take status.capacity.queriesPerSecond of a DnsPool$/;
    expect(() => runPlan(['-f', 'x', '--expected-qps', '1'], files)).toThrow(measured);
    expect(() => runPlan(['-f', 'x', '--expected-qps', '1', '--capacity-qps', '5'], files)).not.toThrow();
  });

  test('a manifest that is something else', () => {
    const files = { write: () => undefined, print: () => undefined };
    const read = (text: string) => () => runPlan(['-f', 'x', '--expected-qps', '1'], { ...files, read: () => text });
    expect(read('kind: Pod\nmetadata: {name: x}')).toThrow(/^the manifest is no DnsFleet .*\nkind: must be DnsFleet/);
    expect(read('kind: [')).toThrow(/^the manifest is no YAML: /);
    expect(read('')).toThrow(/^the manifest is no DnsFleet/);
  });
});

test('every option has a line in the help, and docs/capacity.md has the command', () => {
  expect(describePlanOptions().split('\n')).toHaveLength(15);
  expect(describePlanOptions()).not.toMatch(/ $/m);
  expect(readFileSync('docs/capacity.md', 'utf8')).toContain('kubectl dnsfleet plan');
});

test('grids are as wide as their widest cell', () => {
  const grid = {
    columns: [
      { title: 'a', align: 'left' as const },
      { title: 'bee', align: 'right' as const },
    ],
    rows: [['long|', '1']],
  };
  expect(alignGrid(grid)).toBe('A      BEE\nlong|    1');
  expect(markdownGrid(grid)).toBe('| a | bee |\n| --- | ---: |\n| long\\| | 1 |');
});
