/**
 * How a configuration comes into force (docs/design/2026-11-24-foundations.md, section 3). A candidate is judged by the
 * engine of a running server before it is published; servers that start meanwhile start on the last one that an engine
 * accepted. Only a pool that has nothing to lose, because no server of it was ever configured, publishes unjudged.
 */
import type { PublishedConfig } from '../builders/config-map.js';
import {
  readResolverConfig,
  renderResolverConfig,
  type ResolverConfigBody,
  revisionOf,
} from '../builders/resolver-config.js';
import { configHash } from '../../../resolver-image/agent/src/contract/resolver-config.js';
import type { AgentReports } from './servers.js';

/** What a running server said about a candidate. */
export type Judgement =
  | { readonly type: 'Accepted' }
  | { readonly type: 'Refused'; readonly message: string }
  /** Nobody could be asked, and why. */
  | { readonly type: 'Unchecked'; readonly message: string };

export interface ConfigurationObservation {
  readonly wanted: ResolverConfigBody;
  readonly published?: PublishedConfig;
  readonly generation: number;
  readonly agents: AgentReports;
}

export type ConfigurationPlan =
  /** The published configuration is the wanted one; `isAccepted` says whether an engine has taken it. */
  | { readonly type: 'Current'; readonly text: string; readonly isAccepted: boolean }
  | { readonly type: 'Publish'; readonly text: string; readonly isAccepted: boolean; readonly why: string }
  /** No change to the pool: what is published stays in force. `text` is absent if nothing was ever published. */
  | { readonly type: 'Hold'; readonly text: string; readonly judgement: Exclude<Judgement, { type: 'Accepted' }> }
  /** The engine refused the only configuration that the pool ever had; there is nothing to fall back on. */
  | { readonly type: 'RefusedFromStart'; readonly text: string; readonly message: string };

/** The text that a running server has to judge before it can be published; undefined when nothing has to be judged. */
export function candidateOf(observation: ConfigurationObservation): string | undefined {
  const { wanted, published, agents } = observation;
  if (published && isPublished(published, wanted)) return undefined;
  if (findInForce(observation) !== undefined) return undefined;
  const isConfigured = [...agents.values()].some(({ load }) => load?.config !== undefined);
  return published || isConfigured ? renderResolverConfig(wanted, nextRevision(observation)) : undefined;
}

/** Decides what is published. `judgement` is that of `candidateOf`, and Unchecked if there was no candidate. */
export function planConfiguration(observation: ConfigurationObservation, judgement: Judgement): ConfigurationPlan {
  const { wanted, published } = observation;
  if (published && isPublished(published, wanted)) return planPublished(published, observation.agents);
  const inForce = findInForce(observation);
  if (inForce !== undefined) {
    return { type: 'Publish', text: inForce, isAccepted: true, why: 'a server runs the configuration already' };
  }
  const text = renderResolverConfig(wanted, nextRevision(observation));
  if (judgement.type === 'Accepted') {
    return { type: 'Publish', text, isAccepted: true, why: 'a running engine accepted the configuration' };
  }
  if (published && (judgement.type === 'Refused' || isInUse(published))) {
    return { type: 'Hold', text: published.text, judgement };
  }
  return { type: 'Publish', text, isAccepted: false, why: 'nothing is published that a server could start on' };
}

/**
 * The text that a server has in force, if it is the wanted one: when somebody scribbled over the ConfigMap or deleted
 * it, the same text comes back, and no server notices.
 */
function findInForce({ wanted, agents }: ConfigurationObservation): string | undefined {
  return [...agents.values()].flatMap(({ load }) => {
    const text = load?.config && renderResolverConfig(wanted, load.config.revision);
    return text !== undefined && configHash(text) === load?.config?.hash ? [text] : [];
  })[0];
}

function planPublished({ text, isAccepted }: PublishedConfig, agents: AgentReports): ConfigurationPlan {
  if (isAccepted) return { type: 'Current', text, isAccepted };
  const hash = configHash(text);
  const reports = [...agents.values()];
  if (reports.some(({ load }) => load?.config?.hash === hash)) {
    return { type: 'Publish', text, isAccepted: true, why: 'the first server runs the configuration' };
  }
  const refusal = reports.find(({ refused }) => refused?.hash === hash)?.refused;
  if (refusal) return { type: 'RefusedFromStart', text, message: refusal.message };
  return { type: 'Current', text, isAccepted };
}

/** A text that cannot be read is no configuration that a server could start on, whatever its annotation says. */
const isInUse = (published: PublishedConfig): boolean =>
  published.isAccepted && readResolverConfig(published.text) !== undefined;

/** Compared as text: what cannot be read back is published once all the same, and not at every look. */
function isPublished({ text }: PublishedConfig, wanted: ResolverConfigBody): boolean {
  return renderResolverConfig(wanted, revisionOf(text)) === text;
}

/** Above all that any server has seen: a pool that was made anew counts its generations from one again. */
function nextRevision({ published, generation, agents }: ConfigurationObservation): number {
  const seen = [...agents.values()].map(({ load }) => load?.config?.revision ?? 0);
  return Math.max(
    generation,
    (published ? revisionOf(published.text) : 0) + 1,
    ...seen.map((revision) => revision + 1),
  );
}
