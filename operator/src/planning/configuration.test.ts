/** How a configuration comes into force: what is published, what is held back, and that nothing is ever judged twice. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { agentReport } from '../../test/agent-report.js';
import { testPool } from '../../test/objects.js';
import { buildResolverConfig, renderResolverConfig, revisionOf } from '../builders/resolver-config.js';
import { configHash } from '../../../resolver-image/agent/src/contract/resolver-config.js';
import {
  candidateOf,
  type ConfigurationObservation,
  findTextHolder,
  type Judgement,
  planConfiguration,
} from './configuration.js';
import type { AgentReport } from './servers.js';

const configOf = (size: string) => buildResolverConfig(testPool({ cache: { size } }).spec);
const before = configOf('64Mi');
const after = configOf('128Mi');
const textBefore = renderResolverConfig(before, 4);
const unchecked: Judgement = { type: 'Unchecked', message: 'no agent of the pool answers' };
const refused: Judgement = { type: 'Refused', message: 'bad' };
const accepted: Judgement = { type: 'Accepted' };

const observe = (rest: Partial<ConfigurationObservation>): ConfigurationObservation => ({
  wanted: after,
  generation: 5,
  agents: new Map(),
  ...rest,
});
const agents = (...reports: readonly AgentReport[]) =>
  new Map(reports.map((report, index) => [`pod-${index}`, report]));
const published = (text: string, isAccepted = true) => ({ text, isAccepted, recordedHash: configHash(text) });
const edited = (text: string, isAccepted = true) => ({ text, isAccepted, recordedHash: configHash(textBefore) });

describe('a pool without a configuration', () => {
  test('publishes its first one unjudged, under its generation', () => {
    expect(candidateOf(observe({}))).toBeUndefined();
    const plan = planConfiguration(observe({}), unchecked);
    expect(plan).toMatchObject({ type: 'Publish', isAccepted: false });
    expect(revisionOf(plan.text ?? '')).toBe(5);
  });

  test('publishes what its servers run, if that is what is wanted: somebody deleted the ConfigMap', () => {
    const text = renderResolverConfig(after, 3);
    const observation = observe({ agents: agents(agentReport({ text })) });
    expect(candidateOf(observation)).toBeUndefined();
    expect(planConfiguration(observation, unchecked)).toMatchObject({ type: 'Publish', text, isAccepted: true });
  });

  test('has its servers judge, if they run another one', () => {
    const observation = observe({ agents: agents(agentReport({ text: textBefore })) });
    expect(candidateOf(observation)).toBe(renderResolverConfig(after, 5));
    expect(planConfiguration(observation, accepted)).toMatchObject({ type: 'Publish', isAccepted: true });
  });
});

describe('a first configuration', () => {
  const text = renderResolverConfig(after, 1);
  const observation = observe({ published: published(text, false), generation: 1 });

  test('waits for the first server', () => {
    expect(planConfiguration(observation, unchecked)).toEqual({ type: 'Current', text, isAccepted: false });
  });

  test('is accepted when the first server runs it', () => {
    const plan = planConfiguration({ ...observation, agents: agents(agentReport({ text })) }, unchecked);
    expect(plan).toMatchObject({ type: 'Publish', text, isAccepted: true });
  });

  test('is refused when the first server refuses it', () => {
    const plan = planConfiguration({ ...observation, agents: agents(agentReport({ refused: text })) }, unchecked);
    expect(plan).toEqual({ type: 'RefusedFromStart', text, message: 'the engine refuses it' });
  });

  test('is replaced without judgement by an edit while no server is there', () => {
    const edit = observe({ published: published(textBefore, false) });
    expect(planConfiguration(edit, unchecked)).toMatchObject({ type: 'Publish', isAccepted: false });
    expect(planConfiguration(edit, refused)).toMatchObject({ type: 'Hold', judgement: refused });
  });
});

describe('a change', () => {
  const observation = observe({ published: published(textBefore), agents: agents(agentReport({ text: textBefore })) });

  test('is a candidate with a higher revision', () => {
    expect(candidateOf(observation)).toBe(renderResolverConfig(after, 5));
  });

  test('is published once an engine accepted it', () => {
    const plan = planConfiguration(observation, accepted);
    expect(plan).toMatchObject({ type: 'Publish', text: candidateOf(observation), isAccepted: true });
  });

  test.each([refused, unchecked])('is held when it is $type', (judgement) => {
    expect(planConfiguration(observation, judgement)).toEqual({
      type: 'Hold',
      text: textBefore,
      isAccepted: true,
      judgement,
    });
  });

  test('of nothing in the configuration is none', () => {
    const same = { ...observation, wanted: before, generation: 99 };
    expect(candidateOf(same)).toBeUndefined();
    expect(planConfiguration(same, unchecked)).toEqual({ type: 'Current', text: textBefore, isAccepted: true });
  });

  test('is published once, also when the contract refuses to read it', () => {
    const unreadable = buildResolverConfig(
      testPool({
        upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.1', tlsServerName: 'dns..example' }] },
      }).spec,
    );
    const text = renderResolverConfig(unreadable, 5);
    const once = observe({ wanted: unreadable, published: published(text, false) });
    expect(planConfiguration(once, unchecked)).toEqual({ type: 'Current', text, isAccepted: false });
  });

  test('of a text that cannot be read does not wait for agents that are not there', () => {
    const scribbled = observe({ published: edited('{"mine": true}') });
    expect(planConfiguration(scribbled, unchecked)).toMatchObject({ type: 'Publish', isAccepted: false });
  });
});

describe('an accepted configuration, while an edit of the pool is refused or unchecked,', () => {
  const runs = agents(agentReport({ text: textBefore }));
  const recovered = textBefore;
  const strange = renderResolverConfig(configOf('256Mi'), 50);

  test.each([
    ['was edited', { published: edited(strange) }],
    ['was edited so that it cannot be read', { published: edited('{}') }],
    ['was deleted', {}],
    ['was never marked as accepted', { published: published(renderResolverConfig(after, 1), false) }],
    ['lost the record of what it was', { published: { text: textBefore, isAccepted: true } }],
  ])('is asked of an agent and restored where it %s', (_, lost) => {
    const observation = observe({ ...lost, agents: runs });
    expect(findTextHolder(observation)).toBe('pod-0');
    const known = { ...observation, recovered };
    for (const judgement of [refused, unchecked]) {
      expect(planConfiguration(known, judgement)).toEqual({
        type: 'Hold',
        text: textBefore,
        isAccepted: true,
        judgement,
      });
    }
  });

  test('is asked of the server that runs what was published last, before one that runs an edit', () => {
    const both = agents(agentReport({ text: strange }), agentReport({ text: textBefore }));
    expect(findTextHolder(observe({ published: edited(strange), agents: both }))).toBe('pod-1');
    expect(findTextHolder(observe({ agents: both }))).toBe('pod-0');
  });

  test('gets a higher revision where a server runs an edit already, which would refuse a lower one', () => {
    const both = agents(agentReport({ text: strange }), agentReport({ text: textBefore }));
    const plan = planConfiguration(observe({ published: edited(strange), agents: both, recovered }), refused);
    expect(plan).toEqual({
      type: 'Hold',
      text: renderResolverConfig(before, 51),
      isAccepted: true,
      judgement: refused,
    });
  });

  test('is not replaced where nobody tells it: what is published is left alone', () => {
    const observation = observe({ published: edited(strange), agents: runs });
    expect(planConfiguration(observation, refused)).toEqual({ type: 'Hold', isAccepted: false, judgement: refused });
    expect(planConfiguration(observe({ agents: runs }), unchecked)).toEqual({
      type: 'Hold',
      isAccepted: false,
      judgement: unchecked,
    });
  });

  test('is asked of nobody who does not answer', () => {
    const silent = agents(agentReport({ text: textBefore, isReachable: false }));
    expect(findTextHolder(observe({ agents: silent }))).toBeUndefined();
  });
});

test('a configuration that servers outrank is published again, above theirs', () => {
  const strange = renderResolverConfig(configOf('256Mi'), 50);
  const observation = observe({
    wanted: before,
    published: published(textBefore),
    agents: agents(agentReport({ text: strange })),
  });
  const plan = planConfiguration(observation, unchecked);
  expect(plan).toMatchObject({ type: 'Publish', text: renderResolverConfig(before, 51), isAccepted: true });
});

test('a revision is above all that were seen, so that no server ignores it', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), fc.array(fc.nat(1000), { maxLength: 4 }), (...numbers) => {
      const [generation, revision, running] = numbers;
      const observation = observe({
        generation,
        published: published(renderResolverConfig(before, revision)),
        agents: agents(...running.map((seen) => agentReport({ text: renderResolverConfig(before, seen) }))),
      });
      const next = revisionOf(candidateOf(observation) ?? '');
      expect(next).toBeGreaterThanOrEqual(generation);
      expect(next).toBeGreaterThan(Math.max(revision, ...running));
    }),
  );
});

const bodies = fc.constantFrom(before, after, configOf('256Mi'));
const anything = fc.record({
  published: fc.option(
    fc.record({ body: bodies, revision: fc.nat(9), isAccepted: fc.boolean(), isIntact: fc.boolean() }),
  ),
  runs: fc.array(fc.record({ body: bodies, revision: fc.nat(9), isReachable: fc.boolean() }), { maxLength: 3 }),
  isTold: fc.boolean(),
  judgement: fc.constantFrom<Judgement>(accepted, refused, unchecked),
});
type Anything = typeof anything extends fc.Arbitrary<infer T> ? T : never;

function observationOf({ published: there, runs, isTold }: Anything): ConfigurationObservation {
  const text = there && renderResolverConfig(there.body, there.revision);
  const reports = runs.map(({ body, revision, isReachable }) =>
    agentReport({ text: renderResolverConfig(body, revision), isReachable }),
  );
  const observation = observe({
    agents: agents(...reports),
    ...(there && text !== null && { published: there.isIntact ? published(text, there.isAccepted) : edited(text) }),
  });
  const holder = Number(findTextHolder(observation)?.slice('pod-'.length) ?? -1);
  const run = runs[holder];
  return run && isTold ? { ...observation, recovered: renderResolverConfig(run.body, run.revision) } : observation;
}

test('what is wanted and refused is never published where a server has a configuration', () => {
  fc.assert(
    fc.property(anything, (world) => {
      const observation = observationOf(world);
      const candidate = candidateOf(observation);
      const plan = planConfiguration(observation, refused);
      if (candidate === undefined) return;
      const isSafe = world.runs.length > 0 || (world.published?.isIntact === true && world.published.isAccepted);
      if (isSafe) expect(plan.type).toBe('Hold');
      if (isSafe) expect(plan.text).not.toBe(candidate);
    }),
  );
});

test('no server is told a configuration that it would refuse as older than its own', () => {
  fc.assert(
    fc.property(anything, (world) => {
      const observation = observationOf(world);
      const plan = planConfiguration(observation, world.judgement);
      if (plan.text === undefined || !('isAccepted' in plan && plan.isAccepted)) return;
      for (const { load } of observation.agents.values()) {
        if (load?.config?.hash !== configHash(plan.text)) {
          expect(load?.config?.revision ?? 0).toBeLessThanOrEqual(revisionOf(plan.text));
        }
      }
    }),
  );
});

test('a plan that was carried out is not carried out again', () => {
  fc.assert(
    fc.property(anything, (world) => {
      const observation = observationOf(world);
      const plan = planConfiguration(observation, world.judgement);
      if (plan.text === undefined || plan.type === 'RefusedFromStart') return;
      const untold = observationOf({ ...world, isTold: false });
      const next = { ...untold, published: published(plan.text, plan.isAccepted) };
      const again = planConfiguration(next, world.judgement);
      expect(again.text).toBe(plan.text);
      const isSame = again.type === 'Hold' ? again.isAccepted === plan.isAccepted : again.type === 'Current';
      const isTaken = again.type === 'Publish' && again.isAccepted && !plan.isAccepted;
      expect(isSame || isTaken).toBe(true);
    }),
  );
});

test('what was published is current: planning the result of a plan publishes nothing', () => {
  const arbitrary = fc.record({
    isAccepted: fc.boolean(),
    hasPublished: fc.boolean(),
    judgement: fc.constantFrom<Judgement>(accepted, refused, unchecked),
    runs: fc.array(fc.constantFrom(before, after), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ isAccepted, hasPublished, judgement, runs }) => {
      const observation = observe({
        ...(hasPublished && { published: published(textBefore, isAccepted) }),
        agents: agents(...runs.map((body) => agentReport({ text: renderResolverConfig(body, 4) }))),
      });
      const plan = planConfiguration(observation, judgement);
      if (plan.type !== 'Publish') return;
      const next = {
        ...observation,
        published: published(plan.text, plan.isAccepted),
        agents: agents(agentReport({ text: plan.text })),
      };
      const again = planConfiguration(next, unchecked);
      expect(again.text).toBe(plan.text);
      expect(again.type === 'Publish' ? again.isAccepted && !plan.isAccepted : again.type === 'Current').toBe(true);
    }),
  );
});
