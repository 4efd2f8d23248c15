/**
 * Rules of the API that go beyond types and bounds. Each is said twice, side by side: in CEL, for the API server, which
 * refuses the object; and in TypeScript, for objects that it stored before it knew the rule. The second saying is kept
 * apart from zod's own refinements on purpose: parsing must not fail on such an object, or the fleet would vanish from
 * the operator's sight instead of being told what is wrong with it.
 */
import { z } from 'zod';

/** A CEL rule of the CRD: the API server refuses an object for which `rule` is false, with `message`. */
export interface CelRule {
  readonly rule: string;
  /** Says what must be, naming the field in back-quotes where it is not the value itself. */
  readonly message: string;
  /** CEL for a message with the values in it; the API server falls back to `message` when it fails. */
  readonly messageExpression?: string;
  /** The field to blame, relative to the value. */
  readonly fieldPath?: string;
  /** Not FieldValueDuplicate: the API server prints it without the message. */
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
}

/** A CEL rule with its TypeScript twin. A rule that compares with the old value (`oldSelf`) has none. */
export interface Rule<T> extends CelRule {
  readonly holds?: (value: T) => boolean;
}

/** A rule that a value breaks. */
export interface Violation {
  /** Such as `spec.upstreams.servers[1].address`. */
  readonly path: string;
  readonly value: unknown;
  readonly message: string;
}

interface Check {
  readonly cel: CelRule;
  readonly holds: (value: unknown) => boolean;
}

const checks = z.registry<{ readonly checks: readonly Check[] }>();

/** The schema with `rules` on top of those that it has. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S {
  const added = rules.map(({ holds, ...cel }): Check => ({
    cel,
    holds: (value) => holds === undefined || holds(schema.parse(value)),
  }));
  const all = [...(checks.get(schema)?.checks ?? []), ...added];
  const ruled = schema.meta({ 'x-kubernetes-validations': all.map((check) => check.cel) });
  const anySchema: z.ZodType = ruled;
  checks.add(anySchema, { checks: all });
  return ruled;
}

/** The rules that `value`, an output of `schema`, breaks; `path` names it. */
export function findViolations(schema: z.core.$ZodType, value: unknown, path: string): readonly Violation[] {
  if (value === undefined) return [];
  const broken = (checks.get(schema)?.checks ?? []).filter((check) => !check.holds(value));
  return [
    ...broken.map(({ cel }) => violation(cel, value, path)),
    ...children(schema, value).flatMap((child) => findViolations(child.schema, child.value, `${path}${child.step}`)),
  ];
}

function violation(cel: CelRule, value: unknown, path: string): Violation {
  const steps = cel.fieldPath?.split('.').slice(1) ?? [];
  return { path: `${path}${cel.fieldPath ?? ''}`, value: steps.reduce(fieldOf, value), message: cel.message };
}

interface Child {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  readonly step: string;
}

/** The parts of a value that have schemas of their own. */
function children(schema: z.core.$ZodType, value: unknown): readonly Child[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return [{ schema: schema.def.innerType, value, step: '' }];
  }
  if (schema instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(schema.def.shape).map(([name, field]) => ({
      schema: field,
      value: fieldOf(value, name),
      step: `.${name}`,
    }));
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item: unknown, index) => ({ schema: schema.def.element, value: item, step: `[${index}]` }));
  }
  return [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
