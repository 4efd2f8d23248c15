/**
 * zod schema -> structural schema of a CustomResourceDefinition. It works on what `z.toJSONSchema` returns, because only
 * there is the metadata of each node complete. What Kubernetes would refuse, or what our own API rules forbid (a field
 * without description or bounds, a list without a type), is refused here, with the path, before it reaches a cluster.
 */
import { z } from 'zod';

const ruleSchema = z.strictObject({
  rule: z.string(),
  message: z.string(),
  messageExpression: z.string().optional(),
  fieldPath: z.string().optional(),
  reason: z.enum(['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired']).optional(),
});

/** One CEL rule of a structural schema. */
export type StructuralRule = z.infer<typeof ruleSchema>;

const size = z.int().min(0).optional();

/** Everything that one node may carry, in the order in which it is written; any other keyword is an error. */
const nodeSchema = z.strictObject({
  description: z.string().optional(),
  type: z.enum(['object', 'array', 'string', 'integer']).optional(),
  format: z.enum(['int32', 'int64', 'date-time']).optional(),
  default: z.json().optional(),
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
  minLength: size,
  maxLength: size,
  minimum: z.int().optional(),
  maximum: z.int().optional(),
  minItems: size,
  maxItems: size,
  minProperties: size,
  maxProperties: size,
  'x-kubernetes-int-or-string': z.literal(true).optional(),
  anyOf: z.array(z.looseObject({ type: z.string().optional() })).optional(),
  'x-kubernetes-list-type': z.enum(['atomic', 'set', 'map']).optional(),
  'x-kubernetes-list-map-keys': z.array(z.string()).optional(),
  'x-kubernetes-map-type': z.enum(['atomic', 'granular']).optional(),
  'x-kubernetes-validations': z.array(ruleSchema).optional(),
  required: z.array(z.string()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
});

type RawNode = z.infer<typeof nodeSchema>;

/** A node of a structural schema. */
export interface StructuralSchema extends Omit<RawNode, 'properties' | 'items' | 'additionalProperties'> {
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
}

/**
 * The structural schema of a zod schema; `path` names it in errors.
 * Throws one Error that lists every place that is not structural or not complete.
 */
export function toStructural(schema: z.ZodType, path: string): StructuralSchema {
  const raw = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'throw',
  });
  const problems: string[] = [];
  const node = walk(raw, path, problems);
  if (!node.description) problems.push(`${path}: has no description`);
  if (problems.length > 0) throw new Error(`the schema cannot become a CRD:\n  ${problems.join('\n  ')}`);
  return node;
}

/** The CEL rules in the metadata of a schema whose node we write ourselves: the root of an object. */
export function pickRules(metadata: object): Pick<StructuralSchema, 'x-kubernetes-validations'> {
  return nodeSchema.pick({ 'x-kubernetes-validations': true }).strip().parse(metadata);
}

function walk(raw: unknown, path: string, problems: string[]): StructuralSchema {
  const parsed = nodeSchema.safeParse(raw);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      problems.push(`${path}: ${[...issue.path.map(String), issue.message].join(': ')}`);
    }
    return {};
  }
  const { properties, items, additionalProperties, ...node } = withoutSafeIntegerBounds(parsed.data);
  problems.push(...incomplete({ ...node, properties, items, additionalProperties }).map((text) => `${path}: ${text}`));
  if (node['x-kubernetes-int-or-string']) return { ...node, anyOf: [{ type: 'integer' }, { type: 'string' }] };
  return {
    ...node,
    ...(properties && { properties: walkProperties(properties, path, problems) }),
    ...(items !== undefined && { items: walk(items, `${path}[]`, problems) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: walk(additionalProperties, `${path}{}`, problems),
    }),
  };
}

function walkProperties(
  properties: Readonly<Record<string, unknown>>,
  path: string,
  problems: string[],
): Record<string, StructuralSchema> {
  const entries = Object.entries(properties).map(([name, raw]) => {
    const child = `${path}.${name}`;
    const node = walk(raw, child, problems);
    if (!node.description) problems.push(`${child}: has no description`);
    return [name, node] as const;
  });
  return Object.fromEntries(entries);
}

/** zod bounds every integer by what a double holds exactly, which says nothing about the field. */
function withoutSafeIntegerBounds(node: RawNode): RawNode {
  const { minimum, maximum, ...rest } = node;
  return {
    ...rest,
    ...(minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
  };
}

/** Not True and False: Kubernetes' own conditions have them, and no person writes those. */
const yaml11Boolean = /^(on|off|yes|no|y|n)$/i;

/** What keeps a node from being structural, bounded and mergeable. */
function incomplete(node: RawNode): readonly string[] {
  const problems: string[] = [];
  const need = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  if (node.pattern) need(!/\(\?[=!<]|\\[1-9]/.test(node.pattern), 'pattern uses look-around or a back-reference (RE2)');
  if (node['x-kubernetes-int-or-string']) {
    const types = node.anyOf?.map((alternative) => alternative.type).join();
    need(types === 'integer,string', 'int-or-string must be a union of an integer and a string');
    need(node.maxLength !== undefined, 'has no maxLength');
    return problems;
  }
  need(node.anyOf === undefined, 'unions are not structural: use an enum and one optional field a variant');
  switch (node.type) {
    case undefined:
      need(false, 'has no type');
      break;
    case 'string':
      need(node.enum !== undefined || node.maxLength !== undefined, 'has no maxLength');
      for (const value of node.enum?.filter((word) => yaml11Boolean.test(word)) ?? []) {
        need(false, `value '${value}' is a boolean in YAML 1.1, which kubectl reads`);
      }
      break;
    case 'integer':
      need(node.format === 'int32' || node.format === 'int64', 'has no format int32 or int64');
      need(node.minimum !== undefined, 'has no minimum');
      need(node.maximum !== undefined || node.format === 'int64', 'has no maximum');
      break;
    case 'array':
      need(node.items !== undefined, 'has no items');
      need(node.maxItems !== undefined, 'has no maxItems');
      need(node['x-kubernetes-list-type'] !== undefined, 'has no list type');
      break;
    case 'object': {
      const isMap = node.additionalProperties !== undefined;
      need(isMap !== (node.properties !== undefined), 'must have properties or be a map, and not both');
      need(!isMap || node.maxProperties !== undefined, 'has no maxProperties');
      break;
    }
  }
  return problems;
}
