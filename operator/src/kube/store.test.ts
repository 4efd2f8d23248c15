/** The store: what it tells its listeners, what it finds under an index, and that both always agree with what it holds. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SequenceChecker } from '../../test/sequence-checker.js';
import { keyOf, type KubeObject } from './object.js';
import { byControllerUid, byLabel, byNamespace, IndexedStore, type InvalidObject, type StoreEvent } from './store.js';

interface Parts {
  readonly uid?: string;
  readonly version?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const object = (
  name: string,
  { uid = `uid-${name}`, version = '1', namespace = 'dns', labels }: Parts = {},
): KubeObject => ({
  metadata: { name, namespace, uid, resourceVersion: version, ...(labels && { labels }) },
});
const marker = (name: string, version = '1'): InvalidObject => ({
  key: `dns/${name}`,
  uid: `uid-${name}`,
  resourceVersion: version,
  message: 'spec: required',
});

function watchedStore(indexes = {}) {
  const thrown: unknown[] = [];
  const store = new IndexedStore<KubeObject>({ indexes, onListenerError: (error) => thrown.push(error) });
  const events: StoreEvent<KubeObject>[] = [];
  store.onChange((event) => events.push(event));
  const told = () => events.splice(0).map(({ type, key }) => `${type} ${key}`);
  return { store, told, events, thrown };
}

describe('a store tells', () => {
  test('additions, updates and deletions with the states before and after', () => {
    const { store, events } = watchedStore();
    const [first, second] = [object('a'), object('a', { version: '2' })];
    store.put(first);
    store.put(second);
    store.remove('dns/a');
    expect(events).toEqual([
      { type: 'added', key: 'dns/a', object: first },
      { type: 'updated', key: 'dns/a', object: second, old: first },
      { type: 'deleted', key: 'dns/a', object: second },
    ]);
  });

  test('nothing of a version that it has, nor of the end of what it has not', () => {
    const { store, told } = watchedStore();
    store.put(object('a'));
    told();
    store.put(object('a'));
    store.remove('dns/b');
    expect(told()).toEqual([]);
  });

  test('that an object of the same name is another one', () => {
    const { store, told } = watchedStore();
    store.put(object('a'));
    store.put(object('a', { uid: 'other', version: '1' }));
    expect(told()).toEqual(['added dns/a', 'deleted dns/a', 'added dns/a']);
  });

  test('the last state that the API server sent with a deletion', () => {
    const { store, events } = watchedStore();
    store.put(object('a'));
    const last = object('a', { version: '9' });
    store.remove('dns/a', last);
    expect(events.at(-1)).toEqual({ type: 'deleted', key: 'dns/a', object: last });
  });

  test('the differences of a new list, deletions first, once all of it is there', () => {
    const { store, told } = watchedStore();
    store.replace([object('a'), object('b'), object('c')], []);
    told();
    const sizes: number[] = [];
    store.onChange(() => sizes.push(store.size));
    store.replace([object('b'), object('c', { version: '2' }), object('d')], [marker('e')]);
    expect(told()).toEqual(['deleted dns/a', 'updated dns/c', 'added dns/d', 'invalid dns/e']);
    expect(sizes).toEqual([3, 3, 3, 3]);
  });

  test('other listeners, and goes on, when one throws', () => {
    const { store, thrown } = watchedStore();
    const keys: string[] = [];
    store.onChange(() => {
      throw new Error('a listener');
    });
    const stop = store.onChange(({ key }) => keys.push(key));
    store.put(object('a'));
    stop();
    store.put(object('b'));
    expect(keys).toEqual(['dns/a']);
    expect(thrown).toHaveLength(2);
  });
});

describe('an object that cannot be read', () => {
  test('leaves the lists and stays known', () => {
    const { store, told } = watchedStore({ namespace: byNamespace });
    store.put(object('a'));
    store.putInvalid(marker('a', '2'));
    store.putInvalid(marker('a', '2'));
    expect(told()).toEqual(['added dns/a', 'invalid dns/a']);
    expect(store.get('dns/a')).toBeUndefined();
    expect(store.byIndex('namespace', 'dns')).toEqual([]);
    expect(store.invalid('dns/a')?.message).toBe('spec: required');
  });

  test('is back when it can be read again, and its end is told', () => {
    const { store, told } = watchedStore();
    store.putInvalid(marker('a'));
    store.put(object('a', { version: '2' }));
    expect(store.invalid('dns/a')).toBeUndefined();
    store.putInvalid(marker('a', '3'));
    store.remove('dns/a');
    expect(told()).toEqual(['invalid dns/a', 'added dns/a', 'invalid dns/a', 'deleted dns/a']);
    expect(store.invalid('dns/a')).toBeUndefined();
  });
});

describe('a store', () => {
  test('is synced once it has held a complete list, and stays so', () => {
    const { store } = watchedStore();
    store.put(object('a'));
    expect(store.hasSynced()).toBe(false);
    store.replace([], []);
    expect(store.hasSynced()).toBe(true);
    store.put(object('a'));
    expect(store.hasSynced()).toBe(true);
  });

  test('shares objects that nobody can change', () => {
    const { store } = watchedStore();
    store.put(object('a', { labels: { x: 'y' } }));
    expect(Object.isFrozen(store.get('dns/a')?.metadata.labels)).toBe(true);
  });

  test('knows no index but its own', () => {
    const { store } = watchedStore({ namespace: byNamespace });
    expect(() => store.byIndex('nmaespace', 'dns')).toThrow("the store has no index 'nmaespace'");
    expect(store.byIndex('namespace', 'none')).toEqual([]);
  });
});

test.each<[string, readonly string[], readonly string[]]>([
  ['its namespace', byNamespace(object('a')), ['dns']],
  ['no namespace', byNamespace({ metadata: { name: 'n', uid: '1', resourceVersion: '1' } }), ['']],
  ['a label', byLabel('pool')(object('a', { labels: { pool: 'eu' } })), ['dns/eu']],
  ['a label that it has not', byLabel('pool')(object('a')), []],
  ['an owner that it has not', byControllerUid(object('a')), []],
])('an object is found under %s', (_, values, expected) => {
  expect(values).toEqual(expected);
});

test('an object is found under the owner that controls it, of several', () => {
  const reference = (uid: string, controller?: boolean) => ({ kind: 'Pod', name: uid, uid, controller });
  const { metadata } = object('a');
  const owned = { metadata: { ...metadata, ownerReferences: [reference('first'), reference('second', true)] } };
  expect(byControllerUid(owned)).toEqual(['second']);
});

test('whatever happens, lists, indexes and what was told agree', () => {
  const names = ['a', 'b', 'c'] as const;
  const label = fc.constantFrom('x', 'y');
  const live = fc.record({ name: fc.constantFrom(...names), uid: fc.constantFrom('1', '2'), label });
  const step = fc.oneof(
    live.map((parts) => ({ type: 'put' as const, ...parts })),
    fc.constantFrom(...names).map((name) => ({ type: 'invalid' as const, name })),
    fc.constantFrom(...names).map((name) => ({ type: 'remove' as const, name })),
    fc.uniqueArray(live, { selector: ({ name }) => name }).map((objects) => ({ type: 'replace' as const, objects })),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { store } = watchedStore({ label: byLabel('l') });
      const checker = new SequenceChecker(store);
      let version = 0;
      const make = (parts: { name: string; uid: string; label: string }) =>
        object(parts.name, { uid: parts.uid, version: String(++version), labels: { l: parts.label } });
      for (const action of steps) {
        if (action.type === 'put') store.put(make(action));
        if (action.type === 'invalid') store.putInvalid(marker(action.name, String(++version)));
        if (action.type === 'remove') store.remove(`dns/${action.name}`);
        if (action.type === 'replace') store.replace(action.objects.map(make), []);
        const all = store.list();
        expect(store.size).toBe(all.length);
        expect(checker.versions()).toEqual(new Map(all.map((one) => [keyOf(one), one.metadata.resourceVersion])));
        for (const value of ['x', 'y']) {
          const found = store.byIndex('label', `dns/${value}`);
          expect(found).toEqual([...found].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)));
          expect(new Set(found)).toEqual(new Set(all.filter(({ metadata }) => metadata.labels?.['l'] === value)));
        }
        for (const name of names) {
          expect(store.get(`dns/${name}`) !== undefined && store.invalid(`dns/${name}`) !== undefined).toBe(false);
        }
      }
    }),
  );
});
