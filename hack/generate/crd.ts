/** Kind -> CustomResourceDefinition. zod gives spec and status; the envelope around them is written here. */
import { group, version } from '../../operator/src/api/v1alpha1/labels.js';
import type { Kind } from './kinds.js';
import { pickRules, toStructural, type StructuralSchema } from './structural.js';

/** The part of `apiextensions.k8s.io/v1` CustomResourceDefinition that we write. */
export interface Crd {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The schema of the whole object, as the CRD and the reference show it. Throws when a field is not structural. */
export function kindSchema(kind: Kind): StructuralSchema {
  const { spec, status } = kind.schema.shape;
  const root = kind.schema.meta() ?? {};
  return {
    description: kind.description,
    type: 'object',
    ...pickRules(root),
    required: ['spec'],
    properties: {
      apiVersion: { description: 'apiVersion is the version of the schema of the object.', type: 'string' },
      kind: { description: 'kind is the kind of the object.', type: 'string' },
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
      spec: toStructural(spec, `${kind.kind}.spec`),
      status: toStructural(status, `${kind.kind}.status`),
    },
  };
}

/** The CustomResourceDefinition of a kind. */
export function buildCrd(kind: Kind): Crd {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: [kind.shortName],
        categories: ['dns'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(kind.selectableFields && {
            selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })),
          }),
          additionalPrinterColumns: kind.columns,
          subresources: {
            status: {},
            ...(kind.scale && {
              scale: {
                specReplicasPath: kind.scale.spec,
                statusReplicasPath: kind.scale.status,
                labelSelectorPath: kind.scale.selector,
              },
            }),
          },
          schema: { openAPIV3Schema: kindSchema(kind) },
        },
      ],
    },
  };
}
