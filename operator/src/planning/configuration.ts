/**
 * How a configuration comes into force (docs/design/2026-11-24-foundations.md, section 3). A candidate is judged by the
 * engine of a running server before it is published; servers that start meanwhile start on the last one that an engine
 * accepted. That one outlives edits and the deletion of the ConfigMap: any agent that has it in force can give it back.
 * Only a pool that has nothing to lose, because no server of it was ever configured, publishes unjudged.
 */
import { isIntact, type PublishedConfig } from '../builders/config-map.js';
import {
  readResolverConfig,
  renderResolverConfig,
  type ResolverConfigBody,
  revisionOf,
  withRevision,
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
  /** The text that the server of `findTextHolder` has in force, if it could be had. */
  readonly recovered?: string;
  readonly generation: number;
  readonly agents: AgentReports;
}

export type ConfigurationPlan =
  /** The published configuration is the wanted one; `isAccepted` says whether an engine has taken it. */
  | { readonly type: 'Current'; readonly text: string; readonly isAccepted: boolean }
  | { readonly type: 'Publish'; readonly text: string; readonly isAccepted: boolean; readonly why: string }
  /**
   * The wanted configuration is held back, and `text` stays in force or is restored. It is absent when servers run a
   * configuration that nobody can tell us: then what is published is left alone, whatever it is.
   */
  | {
      readonly type: 'Hold';
      readonly text?: string;
      readonly isAccepted: boolean;
      readonly judgement: Exclude<Judgement, { type: 'Accepted' }>;
    }
  /** The engine refused the only configuration that the pool ever had; there is nothing to fall back on. */
  | { readonly type: 'RefusedFromStart'; readonly text: string; readonly message: string };

/**
 * The uid of the server whose text in force is the last accepted one, when the ConfigMap does not hold it and it cannot
 * be derived: one that runs what we published last, or else the latest. Undefined when there is none, or no need.
 */
export function findTextHolder(observation: ConfigurationObservation): string | undefined {
  if (findAccepted(observation) !== undefined || findInForce(observation) !== undefined) return undefined;
  const { published, agents } = observation;
  const holders = [...agents].flatMap(([uid, { isReachable, load }]) =>
    isReachable && load?.config ? [{ uid, ...load.config }] : [],
  );
  const latest = holders.toSorted((a, b) => b.revision - a.revision);
  return (latest.find(({ hash }) => hash === published?.recordedHash) ?? latest[0])?.uid;
}

/** The text that a running server has to judge before it can be published; undefined when nothing has to be judged. */
export function candidateOf(observation: ConfigurationObservation): string | undefined {
  const { wanted, published, agents } = observation;
  const accepted = findAccepted(observation);
  const isKnown = accepted !== undefined && isTextOf(accepted, wanted);
  if (isKnown || findInForce(observation) !== undefined || isFirst(observation)) return undefined;
  return published || isConfigured(agents) ? candidateText(observation) : undefined;
}

/** Decides what is published. `judgement` is that of `candidateOf`, and Unchecked if there was no candidate. */
export function planConfiguration(observation: ConfigurationObservation, judgement: Judgement): ConfigurationPlan {
  const { wanted, published, agents } = observation;
  const accepted = findAccepted(observation);
  if (accepted !== undefined && isTextOf(accepted, wanted)) return planAccepted(observation, accepted);
  const inForce = findInForce(observation);
  if (inForce !== undefined) return planAccepted(observation, inForce);
  if (published && isFirst(observation)) return planFirst(published, agents);

  const text = candidateText(observation);
  if (judgement.type === 'Accepted') {
    return { type: 'Publish', text, isAccepted: true, why: 'a running engine accepted the configuration' };
  }
  const isAnybodyConfigured = isConfigured(agents);
  const isOfUse =
    judgement.type === 'Refused' || isAnybodyConfigured || readResolverConfig(accepted ?? '') !== undefined;
  if (accepted !== undefined && isOfUse) {
    return { type: 'Hold', text: outrank(observation, accepted), isAccepted: true, judgement };
  }
  if (isAskable(agents) || (judgement.type === 'Refused' && isAnybodyConfigured)) {
    return { type: 'Hold', isAccepted: false, judgement };
  }
  if (judgement.type === 'Refused' && published && isIntact(published)) {
    return { type: 'Hold', text: published.text, isAccepted: false, judgement };
  }
  return { type: 'Publish', text, isAccepted: false, why: 'nothing is published that a server could start on' };
}

/** The text that an engine accepted last, as far as it is known without asking anybody. */
function findAccepted({ published, agents, recovered }: ConfigurationObservation): string | undefined {
  const isOurs = published !== undefined && isIntact(published);
  if (isOurs && (published.isAccepted || isInForce(published.text, agents))) return published.text;
  return recovered;
}

/**
 * The text that a server has in force, if it is the wanted one: when somebody scribbled over the ConfigMap or deleted
 * it, the same text comes back, and no server notices.
 */
function findInForce({ wanted, agents }: ConfigurationObservation): string | undefined {
  return [...agents.values()]
    .flatMap(({ load }) => {
      const text = load?.config && renderResolverConfig(wanted, load.config.revision);
      return text !== undefined && configHash(text) === load?.config?.hash ? [text] : [];
    })
    .toSorted((a, b) => revisionOf(b) - revisionOf(a))[0];
}

/** An engine took the wanted configuration: it stays, or is brought back as it was. */
function planAccepted(observation: ConfigurationObservation, accepted: string): ConfigurationPlan {
  const { published } = observation;
  const text = outrank(observation, accepted);
  const isThere = published?.text === text && isIntact(published) && published.isAccepted;
  if (isThere) return { type: 'Current', text, isAccepted: true };
  const why =
    text === accepted ? 'an engine accepted it, and it was not published as such' : 'a server has a later one';
  return { type: 'Publish', text, isAccepted: true, why };
}

/** The first configuration of a pool, which its first server judges. */
function planFirst({ text }: PublishedConfig, agents: AgentReports): ConfigurationPlan {
  const hash = configHash(text);
  const refusal = [...agents.values()].find(({ refused }) => refused?.hash === hash)?.refused;
  return refusal
    ? { type: 'RefusedFromStart', text, message: refusal.message }
    : { type: 'Current', text, isAccepted: false };
}

/** Whether the wanted configuration is published unjudged, and no server that answers has any. */
function isFirst({ published, wanted, agents }: ConfigurationObservation): boolean {
  if (!published || !isIntact(published) || published.isAccepted || isAskable(agents)) return false;
  return isTextOf(published.text, wanted);
}

/** What is wanted, as the text that would be published: as it is if it is there already, or under a new revision. */
function candidateText(observation: ConfigurationObservation): string {
  const { wanted, published } = observation;
  const isThere =
    published && isTextOf(published.text, wanted) && outrank(observation, published.text) === published.text;
  return isThere ? published.text : renderResolverConfig(wanted, nextRevision(observation));
}

/** A server refuses a lower revision than its own: the text under a higher one if some server runs a later one. */
function outrank(observation: ConfigurationObservation, text: string): string {
  const hash = configHash(text);
  const isOlder = [...observation.agents.values()].some(
    ({ load }) => load?.config && load.config.hash !== hash && load.config.revision > revisionOf(text),
  );
  return isOlder ? withRevision(text, nextRevision(observation)) : text;
}

const isConfigured = (agents: AgentReports): boolean =>
  [...agents.values()].some(({ load }) => load?.config !== undefined);

/** Whether some server that has a configuration can be asked about it. */
const isAskable = (agents: AgentReports): boolean =>
  [...agents.values()].some(({ isReachable, load }) => isReachable && load?.config !== undefined);

function isInForce(text: string, agents: AgentReports): boolean {
  const hash = configHash(text);
  return [...agents.values()].some(({ load }) => load?.config?.hash === hash);
}

/** Compared as text: what cannot be read back is published once all the same, and not at every look. */
const isTextOf = (text: string, wanted: ResolverConfigBody): boolean =>
  renderResolverConfig(wanted, revisionOf(text)) === text;

/** Above all that any server has seen: a pool that was made anew counts its generations from one again. */
function nextRevision({ published, recovered, generation, agents }: ConfigurationObservation): number {
  const seen = [...agents.values()].map(({ load }) => load?.config?.revision ?? 0);
  const texts = [published?.text, recovered].map((text) => (text === undefined ? 0 : revisionOf(text) + 1));
  return Math.max(generation, ...texts, ...seen.map((revision) => revision + 1));
}
