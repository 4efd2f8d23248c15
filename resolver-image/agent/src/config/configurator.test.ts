import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../../operator/test/fake-clock.js';
import { configFor } from '../../test/configs.js';
import { MemoryFiles } from '../../test/memory-files.js';
import { configHash } from '../contract/resolver-config.js';
import type { ApplyOutcome, CheckOutcome, Engine } from '../engines/engine.js';
import { createLogger } from '../platform/log.js';
import { Configurator } from './configurator.js';
import { followMounted } from './mounted.js';

const paths = { runDirectory: '/run', engineConfig: '/run/unbound.conf', accepted: '/run/config.json' };
const text = (revision: number, extraConfig = '') => JSON.stringify(configFor(5300, { revision, extraConfig }));
const rendered = (revision: number) => `rendered ${revision}`;
const signal = new AbortController().signal;

/** An engine whose next answers are set by the test; it records the file that it was made to read. */
class FakeEngine implements Pick<Engine, 'render' | 'check' | 'apply'> {
  checked: CheckOutcome = { ok: true };
  applied: ApplyOutcome | Error = { kind: 'Applied' };
  readonly read: (string | undefined)[] = [];
  readonly #files: MemoryFiles;
  constructor(files: MemoryFiles) {
    this.#files = files;
  }
  render(config: { readonly revision: number }) {
    return { text: rendered(config.revision), files: [{ name: `root-${config.revision}.hints`, text: 'hints' }] };
  }
  check() {
    return Promise.resolve(this.checked);
  }
  async apply() {
    this.read.push(await this.#files.read(paths.engineConfig));
    if (this.applied instanceof Error) throw this.applied;
    return this.applied;
  }
}

function setUp(files = new MemoryFiles()) {
  const engine = new FakeEngine(files);
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = createLogger('test', clock, (line) => lines.push(line));
  let changes = 0;
  const configurator = new Configurator({ engine, files, paths, clock, log, onChange: () => (changes += 1) });
  return { engine, files, clock, log, configurator, changes: () => changes };
}

describe('Configurator', () => {
  it('brings a configuration into force and reports it', async () => {
    const { engine, files, configurator, changes } = setUp();
    expect(await configurator.offer(text(3), signal)).toMatchObject({ outcome: 'InForce', accepted: true });
    expect(engine.read).toEqual([rendered(3)]);
    expect(await files.read(paths.accepted)).toBe(text(3));
    expect(configurator.status.inForce).toMatchObject({ revision: 3, hash: configHash(text(3)) });
    expect(configurator.config?.revision).toBe(3);
    expect(configurator.text).toBe(text(3));
    expect(changes()).toBe(1);
  });

  it('does nothing for what is in force already, and refuses what is older', async () => {
    const { engine, configurator } = setUp();
    await configurator.offer(text(3), signal);
    expect(await configurator.offer(text(3), signal)).toMatchObject({ outcome: 'InForce' });
    expect(await configurator.offer(text(2), signal)).toMatchObject({
      outcome: 'Older',
      accepted: false,
      messages: ['revision 2 is older than revision 3, which is in force'],
    });
    expect(engine.read).toHaveLength(1);
    expect(configurator.status.refused).toBeUndefined();
  });

  it('takes another text of the same revision: a newer operator may render one spec differently', async () => {
    const { configurator } = setUp();
    await configurator.offer(text(3), signal);
    expect(await configurator.offer(text(3, 'prefetch: no'), signal)).toMatchObject({ outcome: 'InForce' });
    expect(configurator.status.inForce?.hash).toBe(configHash(text(3, 'prefetch: no')));
  });

  it('keeps the old one when the checker refuses, says why, and forgets that at the next good one', async () => {
    const { engine, files, configurator } = setUp();
    await configurator.offer(text(3), signal);
    engine.checked = { ok: false, messages: ['bad zone'] };
    expect(await configurator.offer(text(4), signal)).toMatchObject({ outcome: 'Refused', messages: ['bad zone'] });
    expect(await files.read(paths.engineConfig)).toBe(rendered(3));
    expect(configurator.status).toMatchObject({
      inForce: { revision: 3 },
      refused: { revision: 4, message: 'bad zone' },
    });
    expect(configurator.refusals).toBe(1);
    engine.checked = { ok: true };
    await configurator.offer(text(5), signal);
    expect(configurator.status.refused).toBeUndefined();
    expect((await files.list('/run')).filter((name) => name.endsWith('.hints'))).toEqual(['root-5.hints']);
  });

  it('reports a text that cannot be read', async () => {
    const { configurator } = setUp();
    expect(await configurator.offer('{', signal)).toMatchObject({ outcome: 'Refused' });
    expect(configurator.status).toEqual({ refused: expect.objectContaining({ hash: configHash('{') }) });
  });

  it.each<[string, ApplyOutcome | Error, string]>([
    ['the engine refuses it', { kind: 'Refused', message: 'num-threads' }, 'Refused'],
    ['the engine is silent', { kind: 'NoAnswer', message: 'silent' }, 'Later'],
    ['applying fails', new Error('broken'), 'Later'],
  ])('puts the old file back when %s', async (_what, applied, outcome) => {
    const { engine, files, configurator } = setUp();
    await configurator.offer(text(3), signal);
    engine.applied = applied;
    expect(await configurator.offer(text(4), signal)).toMatchObject({ outcome, accepted: false });
    expect(await files.read(paths.engineConfig)).toBe(rendered(3));
    expect(await files.read(paths.accepted)).toBe(text(3));
    expect(configurator.status.inForce?.revision).toBe(3);
  });

  it('leaves no file for an engine that never had a good one', async () => {
    const { engine, files, configurator } = setUp();
    engine.applied = { kind: 'Refused', message: 'no' };
    await configurator.offer(text(1), signal);
    expect(await files.read(paths.engineConfig)).toBeUndefined();
  });

  it('applies the old file again after a silence, because the engine may have taken the new one', async () => {
    const { engine, configurator } = setUp();
    await configurator.offer(text(3), signal);
    engine.applied = { kind: 'NoAnswer', message: 'silent' };
    await configurator.offer(text(4), signal);
    await configurator.settle(signal);
    engine.applied = { kind: 'Applied' };
    await configurator.settle(signal);
    await configurator.settle(signal);
    expect(engine.read).toEqual([rendered(3), rendered(4), rendered(3), rendered(3)]);
  });

  it('applies once more after the start of an engine that may have read the file before', async () => {
    const { engine, configurator } = setUp();
    engine.applied = { kind: 'NotRunning' };
    expect(await configurator.offer(text(3), signal)).toMatchObject({ outcome: 'InForce' });
    engine.applied = { kind: 'Applied' };
    await configurator.settle(signal);
    await configurator.settle(signal);
    expect(engine.read).toHaveLength(2);
  });

  it('goes on after a restart without touching the engine', async () => {
    const files = new MemoryFiles();
    await setUp(files).configurator.offer(text(3), signal);
    const { engine, configurator } = setUp(files);
    await configurator.resume(signal);
    await configurator.settle(signal);
    expect(configurator.status.inForce?.revision).toBe(3);
    expect(engine.read).toEqual([]);
  });

  it('undoes a change that an earlier agent left half done', async () => {
    const files = new MemoryFiles();
    await setUp(files).configurator.offer(text(3), signal);
    await files.replace(paths.engineConfig, rendered(4));
    const { engine, configurator } = setUp(files);
    await configurator.resume(signal);
    await configurator.settle(signal);
    expect(await files.read(paths.engineConfig)).toBe(rendered(3));
    expect(engine.read).toEqual([rendered(3)]);
  });

  it('judges without changing anything', async () => {
    const { engine, files, configurator } = setUp();
    await configurator.offer(text(3), signal);
    engine.checked = { ok: false, messages: ['bad zone'] };
    expect(await configurator.check(text(9), signal)).toEqual({ accepted: false, messages: ['bad zone'] });
    expect(configurator.status).toEqual({ inForce: expect.objectContaining({ revision: 3 }) });
    expect(await files.read(paths.engineConfig)).toBe(rendered(3));
  });
});

describe('followMounted', () => {
  it('offers each version once, and again only while the engine is silent', async () => {
    const { engine, files, clock, log, configurator } = setUp();
    const stop = new AbortController();
    const path = '/etc/config.json';
    const done = followMounted({ path, files, configurator, clock, log, signal: stop.signal });
    await clock.advance(3000);
    engine.applied = { kind: 'NoAnswer', message: 'silent' };
    await files.replace(path, text(1));
    await clock.advance(2000);
    expect(configurator.status.inForce).toBeUndefined();
    engine.applied = { kind: 'Applied' };
    await clock.advance(1000);
    expect(configurator.status.inForce?.revision).toBe(1);
    engine.checked = { ok: false, messages: ['bad'] };
    await files.replace(path, text(2));
    await clock.advance(10_000);
    expect(configurator.refusals).toBe(1);
    stop.abort();
    await done;
  });
});
