/**
 * The drain settings of the last configuration in force. Read without the contract's schemas: the preStop program has
 * to start fast and stay small in the engine's container, and the agent checked the file when it was accepted.
 */
import type { DrainSettings } from '../contract/resolver-config.js';

/** For a server that never had a configuration. */
export const FALLBACK: DrainSettings = { lameDuckSeconds: 20, quietPeriodSeconds: 5, timeoutSeconds: 120 };

/** The settings in the text of `config.json`; those that are missing or no number come from FALLBACK. */
export function drainSettings(text: string | undefined): DrainSettings {
  const found = fieldOf(parse(text), 'drain');
  const number = (name: keyof DrainSettings) => {
    const value = fieldOf(found, name);
    return typeof value === 'number' && value >= 0 ? value : FALLBACK[name];
  };
  return {
    lameDuckSeconds: number('lameDuckSeconds'),
    quietPeriodSeconds: number('quietPeriodSeconds'),
    timeoutSeconds: number('timeoutSeconds'),
  };
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
