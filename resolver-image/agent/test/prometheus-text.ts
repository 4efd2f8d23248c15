/** Reads the Prometheus text format as strictly as a server does, so that a scrape that passes here is one that works. */

export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of a scrape by name and labels, in the order of the text. */
export class Metrics {
  readonly #samples = new Map<string, MetricSample>();

  /** Throws if there is a sample of that name and those labels. */
  add(sample: MetricSample): void {
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (this.#samples.has(key)) throw new Error(`${key} is there twice`);
    this.#samples.set(key, sample);
  }

  /** The value of the sample without labels. */
  get(name: string): number | undefined {
    return this.#samples.get(JSON.stringify([name, []]))?.value;
  }

  values(): readonly MetricSample[] {
    return [...this.#samples.values()];
  }
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\n"])*)"`;
const SAMPLE = new RegExp(String.raw`^(${NAME})(?:\{((?:${LABEL},?)*)\})? (\S+)$`);
const TYPES = ['counter', 'gauge', 'histogram'];

/** Throws on a line of no known form, a sample without a type before it, or one that is there twice. */
export function parseMetrics(text: string): Metrics {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const metrics = new Metrics();
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = new RegExp(`^# TYPE (${NAME}) (\\w+)$`).exec(line);
    if (type) {
      const [, name = '', kind = ''] = type;
      if (types.has(name) || !TYPES.includes(kind)) throw new Error(`cannot read: ${line}`);
      types.set(name, kind);
      continue;
    }
    const sample = sampleOf(line);
    const family = sample.name.replace(/_(bucket|sum|count)$/, '');
    if (!types.has(sample.name) && types.get(family) !== 'histogram') throw new Error(`no type before: ${line}`);
    metrics.add(sample);
  }
  return metrics;
}

function sampleOf(line: string): MetricSample {
  const match = SAMPLE.exec(line);
  const value = match?.at(-1);
  if (match === null || value === undefined || !/^([+-]?\d+(\.\d+)?(e[+-]?\d+)?|[+-]Inf|NaN)$/.test(value)) {
    throw new Error(`cannot read: ${line}`);
  }
  const labels = [...(match[2] ?? '').matchAll(new RegExp(LABEL, 'g'))].map(([, name = '', text = '']) => [name, text]);
  return { name: match[1] ?? '', labels: Object.fromEntries(labels) as Record<string, string>, value: Number(value) };
}
