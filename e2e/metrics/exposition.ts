/** Reads the text format in which programs show their metrics to Prometheus: names, labels and values, no types. Pure. */

/** One line: a series with the value that it has now. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g;
const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** All samples of `text`. @throws Error with the line that is none */
export function parseExposition(text: string): Sample[] {
  const lines = text.split('\n').filter((each) => each.trim() !== '' && !each.startsWith('#'));
  return lines.map((each) => {
    const [, name, labels = '', value = ''] = line.exec(each) ?? [];
    if (name === undefined) throw new Error(`reading metrics: this is no sample: ${each}`);
    return { name, labels: parseLabels(labels), value: parseValue(value) };
  });
}

function parseLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(label)].map(([, name = '', value = '']) => [name, unescape(value)] as const);
  return Object.fromEntries(pairs);
}

const unescape = (value: string): string => value.replace(/\\[n"\\]/g, (escape) => escapes[escape] ?? escape);

function parseValue(text: string): number {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}
