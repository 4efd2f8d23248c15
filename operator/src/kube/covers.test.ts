/**
 * Whether an apply would change anything, for objects of every shape. A small model of server-side apply makes, out of an
 * intent, the object that the API server would keep and its record of who owns what; apply.integration.test.ts shows the
 * same on a real one.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { coversIntent } from './covers.js';
import { isRecord } from './object.js';

/** A part of an intent, with what others have added beside it. */
type Part =
  | { readonly type: 'scalar'; readonly value: string | number | boolean }
  | { readonly type: 'quantity'; readonly spelled: string; readonly stored: string }
  | { readonly type: 'atomic'; readonly value: readonly unknown[] | Readonly<Record<string, unknown>> }
  | { readonly type: 'set'; readonly values: readonly string[]; readonly others: readonly string[] }
  | { readonly type: 'items'; readonly items: Fields; readonly others: readonly string[] }
  | { readonly type: 'map'; readonly fields: Fields; readonly defaults: readonly string[] };

type Fields = Readonly<Record<string, Part>>;

const mapped = <R>(fields: Fields, fn: (part: Part, key: string) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(fields).map(([key, part]) => [key, fn(part, key)]));

const itemsOf = (items: Fields, render: (part: Part) => unknown): unknown[] =>
  Object.entries(items).map(([key, part]) => {
    const rest = render(part);
    return { name: key, ...(isRecord(rest) ? rest : {}) };
  });

/** What is applied. */
function intentOf(part: Part): unknown {
  switch (part.type) {
    case 'scalar':
    case 'atomic':
      return part.value;
    case 'quantity':
      return part.spelled;
    case 'set':
      return part.values;
    case 'items':
      return itemsOf(part.items, intentOf);
    case 'map':
      return mapped(part.fields, intentOf);
  }
}

/** What the API server keeps: quantities in its own spelling, defaults, and what others added. */
function liveOf(part: Part): unknown {
  switch (part.type) {
    case 'scalar':
    case 'atomic':
      return part.value;
    case 'quantity':
      return part.stored;
    case 'set':
      return [...part.others, ...part.values];
    case 'items':
      return [...part.others.map((name) => ({ name, theirs: true })), ...itemsOf(part.items, liveOf)];
    case 'map':
      return { ...Object.fromEntries(part.defaults.map((key) => [key, 'a default'])), ...mapped(part.fields, liveOf) };
  }
}

/** What it writes down as ours; undefined for what is empty, of which it keeps no record. */
function ownedOf(part: Part): Readonly<Record<string, unknown>> | undefined {
  switch (part.type) {
    case 'scalar':
    case 'atomic':
    case 'quantity':
      return {};
    case 'set':
      return recordOf(part.values.map((value) => [`v:${JSON.stringify(value)}`, {}]));
    case 'items':
      return recordOf(
        Object.entries(part.items).map(([name, item]) => [
          `k:${JSON.stringify({ name })}`,
          { '.': {}, 'f:name': {}, ...ownedOf(item) },
        ]),
      );
    case 'map':
      return recordOf(Object.entries(part.fields).map(([key, field]) => [`f:${key}`, ownedOf(field)]));
  }
}

function recordOf(entries: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> | undefined {
  const kept = entries.filter(([, value]) => value !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** `part` with one value changed, in every way. */
function changesOf(part: Part): readonly Part[] {
  switch (part.type) {
    case 'scalar':
      return [{ ...part, value: `${part.value} changed` }];
    case 'quantity':
      return [{ ...part, spelled: '7', stored: '7' }];
    case 'atomic':
      return [{ ...part, value: [part.value, 'changed'] }];
    case 'set':
      return part.values.map((gone) => ({
        ...part,
        values: part.values.map((value) => (value === gone ? `${value} changed` : value)),
      }));
    case 'items':
      return inEach(part.items, changesOf).map((items) => ({ ...part, items }));
    case 'map':
      return inEach(part.fields, changesOf).map((fields) => ({ ...part, fields }));
  }
}

/** `part` with one field, item or value left out, in every way. */
function dropsOf(part: Part): readonly Part[] {
  switch (part.type) {
    case 'scalar':
    case 'quantity':
    case 'atomic':
      return [];
    case 'set':
      return part.values.map((gone) => ({ ...part, values: part.values.filter((value) => value !== gone) }));
    case 'items':
      return [...withoutEach(part.items), ...inEach(part.items, dropsOf)].map((items) => ({ ...part, items }));
    case 'map':
      return [...withoutEach(part.fields), ...inEach(part.fields, dropsOf)].map((fields) => ({ ...part, fields }));
  }
}

const inEach = (fields: Fields, vary: (part: Part) => readonly Part[]): readonly Fields[] =>
  Object.entries(fields).flatMap(([key, part]) => vary(part).map((varied) => ({ ...fields, [key]: varied })));

const withoutEach = (fields: Fields): readonly Fields[] =>
  Object.keys(fields).map((gone) => Object.fromEntries(Object.entries(fields).filter(([key]) => key !== gone)));

const ours = fc.constantFrom('a', 'b', 'c', 'd');
const theirs = fc.uniqueArray(fc.constantFrom('x', 'y'), { maxLength: 2 });
const word = fc.constantFrom('one', 'two', '');
const spellings = fc.constantFrom(['1000m', '1'], ['2048Mi', '2Gi'], ['3Gi', '3Gi'], ['0.5', '500m'] as const);

const parts = fc.letrec<{ part: Part; map: Extract<Part, { type: 'map' }> }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(word, fc.nat(9), fc.boolean()).map((value) => ({ type: 'scalar' as const, value })),
    fc.array(word, { minLength: 1, maxLength: 2 }).map((value) => ({ type: 'atomic' as const, value })),
    fc.dictionary(ours, word, { minKeys: 1, maxKeys: 2 }).map((value) => ({ type: 'atomic' as const, value })),
    fc.record({
      type: fc.constant('set' as const),
      values: fc.uniqueArray(ours, { minLength: 1, maxLength: 3 }),
      others: theirs,
    }),
    fc.record({
      type: fc.constant('items' as const),
      items: fc.dictionary(ours, tie('map'), { minKeys: 1, maxKeys: 2 }),
      others: theirs,
    }),
    fc.dictionary(fc.constantFrom('cpu', 'memory'), spellings, { minKeys: 1, maxKeys: 2 }).map((amounts) => ({
      type: 'map' as const,
      defaults: [],
      fields: {
        limits: {
          type: 'map' as const,
          defaults: [],
          fields: Object.fromEntries(
            Object.entries(amounts).map(([name, [spelled = '', stored = '']]) => [
              name,
              { type: 'quantity' as const, spelled, stored },
            ]),
          ),
        },
      },
    })),
    tie('map'),
  ),
  map: fc.record({
    type: fc.constant('map' as const),
    fields: fc.dictionary(ours, tie('part'), { minKeys: 1, maxKeys: 3 }),
    defaults: theirs,
  }),
}));

/** An object whose spec is `spec`; its identity belongs to nobody. */
const intentWith = (spec: Part) => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a', namespace: 'dns' },
  spec: intentOf(spec),
});
const liveWith = (spec: Part) => ({ metadata: { name: 'a', namespace: 'dns', uid: '1' }, spec: liveOf(spec) });
const ownedWith = (spec: Part) => recordOf([['f:spec', ownedOf(spec)]]) ?? {};

describe('an object that was applied', () => {
  test('covers its intent, whatever defaults and others have added', () => {
    fc.assert(
      fc.property(parts.map, (spec) => {
        expect(coversIntent(liveWith(spec), intentWith(spec), ownedWith(spec))).toBe(true);
      }),
    );
  });

  test.each<[string, (spec: Part, varied: Part) => boolean]>([
    ['an intent with another value', (spec, varied) => covers({ intent: varied, live: spec, owned: spec })],
    [
      'its intent after one of its values was changed',
      (spec, varied) => covers({ intent: spec, live: varied, owned: spec }),
    ],
  ])('does not cover %s', (_, judge) => {
    fc.assert(
      fc.property(parts.map, (spec) => {
        for (const varied of changesOf(spec)) expect(judge(spec, varied)).toBe(false);
      }),
    );
  });

  test.each<[string, (spec: Part, varied: Part) => boolean]>([
    [
      'an intent from which something was dropped',
      (spec, varied) => covers({ intent: varied, live: spec, owned: spec }),
    ],
    [
      'its intent after something was taken away',
      (spec, varied) => covers({ intent: spec, live: varied, owned: spec }),
    ],
    [
      'its intent after somebody took a field over',
      (spec, varied) => covers({ intent: spec, live: spec, owned: varied }),
    ],
    ['an intent to which something was added', (spec, varied) => covers({ intent: spec, live: varied, owned: varied })],
  ])('does not cover %s', (_, judge) => {
    fc.assert(
      fc.property(parts.map, (spec) => {
        for (const varied of dropsOf(spec)) expect(judge(spec, varied)).toBe(false);
      }),
    );
  });

  test('never covers the intent of one who has not applied it', () => {
    fc.assert(
      fc.property(parts.map, (spec) => {
        expect(coversIntent(liveWith(spec), intentWith(spec), undefined)).toBe(false);
      }),
    );
  });
});

function covers({ intent, live, owned }: Readonly<Record<'intent' | 'live' | 'owned', Part>>): boolean {
  return coversIntent(liveWith(live), intentWith(intent), ownedWith(owned));
}

describe('what the API server makes of it', () => {
  const one = { 'f:spec': { 'f:a': {} } };
  test.each<[string, unknown, unknown, boolean]>([
    ['an empty map of which nothing is kept', {}, undefined, true],
    ['an empty list of which nothing is kept', [], undefined, true],
    ['a map of nothing but undefined', { b: undefined }, undefined, true],
    ['null where a value was wanted', 'x', null, false],
    ['a list where a map was wanted', { b: 1 }, [1], false],
    [
      'the default of a field reference',
      { fieldRef: { fieldPath: 'x' } },
      { fieldRef: { fieldPath: 'x', apiVersion: 'v1' } },
      true,
    ],
    [
      'another default of a field reference',
      { fieldRef: { fieldPath: 'x' } },
      { fieldRef: { fieldPath: 'x', apiVersion: 'v2' } },
      false,
    ],
    ['a number of the same spelling elsewhere than in quantities', { b: '1000m' }, { b: '1' }, false],
    ['a quantity in an atomic part', { limits: { cpu: '1000m' } }, { limits: { cpu: 1 } }, true],
  ])('%s', (...row) => {
    const [, wanted, kept, expected] = row;
    expect(coversIntent({ spec: { a: kept } }, { spec: { a: wanted } }, one)).toBe(expected);
  });

  test('an item of a list map is known by keys that were left to their defaults', () => {
    const owned = { 'f:spec': { 'f:ports': { 'k:{"port":53,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } } };
    const live = {
      spec: {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    };
    expect(coversIntent(live, { spec: { ports: [{ port: 53 }] } }, owned)).toBe(true);
    expect(coversIntent(live, { spec: { ports: [{ port: 54 }] } }, owned)).toBe(false);
  });
});
