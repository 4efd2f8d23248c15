import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { withRules } from '../../operator/src/api/v1alpha1/rules.js';
import { int32, listAtomic, listMap, quantity } from '../../operator/src/api/v1alpha1/schema.js';
import { toStructural } from './structural.js';

const object = (field: z.ZodType) => z.object({ field }).describe('spec is for the test.');

describe('a schema that can be a CRD', () => {
  test('keeps types, bounds, defaults, descriptions and list types', () => {
    const item = z.object({ name: z.string().max(8).describe('name is a name.') });
    const schema = z
      .object({
        count: int32(1, 5).default(2).describe('count is a number.'),
        mode: z.enum(['Fast', 'Slow']).describe('mode is a word.'),
        items: z.array(item).max(3).optional().meta(listMap('name')).describe('items are items.'),
        words: z
          .record(z.string(), z.string().max(9))
          .optional()
          .meta({ maxProperties: 4 })
          .describe('words are words.'),
      })
      .describe('spec is for the test.');
    expect(toStructural(schema, 'spec')).toEqual({
      description: 'spec is for the test.',
      type: 'object',
      required: ['mode'],
      properties: {
        count: {
          description: 'count is a number.',
          type: 'integer',
          format: 'int32',
          default: 2,
          minimum: 1,
          maximum: 5,
        },
        mode: { description: 'mode is a word.', type: 'string', enum: ['Fast', 'Slow'] },
        items: {
          description: 'items are items.',
          type: 'array',
          maxItems: 3,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { description: 'name is a name.', type: 'string', maxLength: 8 } },
          },
        },
        words: {
          description: 'words are words.',
          type: 'object',
          maxProperties: 4,
          additionalProperties: { type: 'string', maxLength: 9 },
        },
      },
    });
  });

  test('has the one form of int-or-string that Kubernetes knows', () => {
    const schema = object(quantity({ min: '1', max: '2', example: '1' }).describe('field is a quantity.'));
    expect(toStructural(schema, 'spec').properties?.['field']).toMatchObject({
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      maxLength: 32,
    });
  });

  test('carries the CEL of a rule and leaves its TypeScript out', () => {
    const schema = object(
      withRules(z.string().max(3), {
        rule: "self != 'no'",
        message: "must not be 'no'",
        holds: (text) => text !== 'no',
      }).describe('field is a string.'),
    );
    expect(toStructural(schema, 'spec').properties?.['field']?.['x-kubernetes-validations']).toEqual([
      { rule: "self != 'no'", message: "must not be 'no'" },
    ]);
  });
});

describe('a schema that cannot be a CRD is refused with path and reason', () => {
  const cases: readonly (readonly [string, z.ZodType, string])[] = [
    ['no description', z.string().max(3), 'spec.field: has no description'],
    ['an unbounded string', z.string(), 'spec.field: has no maxLength'],
    ['an unbounded number', z.int().meta({ format: 'int32' }), 'spec.field: has no minimum'],
    ['a number without format', z.int().min(1).max(2), 'spec.field: has no format int32 or int64'],
    ['a fraction', z.number().min(0).max(1), 'spec.field: type'],
    ['a boolean', z.boolean(), 'spec.field: type'],
    ['an unbounded list', z.array(z.string().max(3)).meta(listAtomic), 'spec.field: has no maxItems'],
    ['a list without type', z.array(z.string().max(3)).max(3), 'spec.field: has no list type'],
    ['a bad entry of a list', z.array(z.string()).max(3).meta(listAtomic), 'spec.field[]: has no maxLength'],
    ['an unbounded map', z.record(z.string(), z.string().max(3)), 'spec.field: has no maxProperties'],
    ['a union', z.union([z.int(), z.string()]), 'spec.field: unions are not structural'],
    ['a loose object', z.looseObject({ a: z.string().max(3).describe('a') }), 'spec.field: must have properties or be'],
    ['a strict object', z.strictObject({ a: z.string().max(3).describe('a') }), 'spec.field: must have properties or'],
    ['anything', z.unknown(), 'spec.field: has no type'],
    ['null', z.string().max(3).nullable(), 'spec.field: Unrecognized key: "nullable"'],
    [
      'look-ahead',
      z
        .string()
        .max(3)
        .regex(/^(?=a)/),
      'spec.field: pattern uses look-around',
    ],
    ['two patterns', z.string().max(3).startsWith('a').endsWith('b'), 'spec.field: Unrecognized key: "allOf"'],
    ['an identifier', z.string().max(3).meta({ id: 'shared' }), 'Unrecognized key: "definitions"'],
    ['a word that is a boolean', z.enum(['On', 'Full']), "spec.field: value 'On' is a boolean in YAML 1.1"],
    [
      'a rule without message',
      z
        .string()
        .max(3)
        .meta({ 'x-kubernetes-validations': [{ rule: 'true' }] }),
      'message',
    ],
  ];
  test.each(cases)('%s', (title, field, reason) => {
    const described = title === 'no description' ? field : field.describe('field is for the test.');
    expect(() => toStructural(object(described), 'spec')).toThrow(reason);
  });

  test('all reasons are told at once', () => {
    const schema = z.object({ a: z.string(), b: z.string() }).describe('spec is for the test.');
    expect(() => toStructural(schema, 'spec')).toThrow(/spec\.a: has no maxLength[^]*spec\.b: has no description/);
  });
});
