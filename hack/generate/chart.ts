/** CRD YAML -> template of the chart: installed only if wanted, kept when the chart is uninstalled. */

const metadata = /^metadata:\n/m;

/**
 * The chart's template of a CRD. Values: `crds.install`, `crds.keep`. Template actions in the YAML itself are escaped.
 * Throws when the YAML has no top-level `metadata`.
 */
export function chartTemplate(yaml: string): string {
  if (!metadata.test(yaml)) throw new Error('the CRD has no metadata to annotate');
  const escaped = yaml.replaceAll('{{', '{{ "{{" }}');
  const annotated = escaped.replace(
    metadata,
    [
      'metadata:',
      '  {{- if .Values.crds.keep }}',
      '  annotations:',
      '    helm.sh/resource-policy: keep',
      '  {{- end }}',
      '',
    ].join('\n'),
  );
  return `{{- if .Values.crds.install }}\n${annotated}{{- end }}\n`;
}
