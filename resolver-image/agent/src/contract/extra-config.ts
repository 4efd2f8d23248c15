/**
 * Reads `extraConfig`: lines `option: value` of Unbound's server clause, blank lines and comments. Pure, and part of the
 * contract because the operator refuses in a fleet's status what the agent would refuse in the server.
 */
import { EXTRA_OPTIONS, whyRefused } from './extra-options.js';

export interface ExtraSetting {
  readonly option: string;
  readonly value: string;
}

export interface ExtraConfigError {
  /** Counted from 1. */
  readonly line: number;
  /** The option, as far as one could be read. */
  readonly option: string;
  /** Names the option, what is wrong with it and what to do. */
  readonly message: string;
}

export interface ExtraConfig {
  /** In the order of the text; complete only if `errors` is empty. */
  readonly settings: readonly ExtraSetting[];
  readonly errors: readonly ExtraConfigError[];
}

/** Reads the text and judges each line by the allow-list; never throws. */
export function parseExtraConfig(text: string): ExtraConfig {
  const settings: ExtraSetting[] = [];
  const errors: ExtraConfigError[] = [];
  const firstLine = new Map<string, number>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const content = raw.replace(/(^|\s)#.*$/, '').trim();
    if (content === '') continue;
    const match = /^([A-Za-z0-9-]+)\s*:\s*(.*)$/.exec(content);
    if (match === null) {
      errors.push({ line, option: '', message: `\`${shown(content)}\` is not of the form \`option: value\`` });
      continue;
    }
    const option = (match[1] ?? '').toLowerCase();
    const value = (match[2] ?? '').replace(/\s+/g, ' ').replace(/^"(.*)"$/, '$1');
    const message = problemOf(option, value, firstLine.get(option));
    if (message === undefined) settings.push({ option, value });
    else errors.push({ line, option, message });
    firstLine.set(option, firstLine.get(option) ?? line);
  }
  return { settings, errors };
}

function problemOf(option: string, value: string, before: number | undefined): string | undefined {
  const known = EXTRA_OPTIONS.get(option);
  if (known === undefined) return `\`${option}\` ${whyRefused(option)}`;
  if (!known.form.fits(value)) return `\`${option}\` is \`${shown(value)}\`; the value must be ${known.form.says}`;
  if (before !== undefined && !known.repeatable) return `\`${option}\` was set in line ${before}; keep one of the two`;
  return undefined;
}

/** A quotation that is short enough for a status message. */
const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}...` : text);
