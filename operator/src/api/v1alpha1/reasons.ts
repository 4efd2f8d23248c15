/**
 * Condition types, and the reasons that conditions, events, logs and metrics share. A reason is one word that a person
 * can search the documentation for; each has a sentence here that says when it occurs.
 */

/** Condition types. `Reconciling` and `Stalled` are present only while True (kstatus). */
export const conditionTypes = {
  /** The summary: accepted, available and nothing under way. */
  ready: 'Ready',
  /** The spec makes sense and an engine takes the configuration made from it. */
  accepted: 'Accepted',
  /** Enough servers answer queries: at least the floor of every PoP. */
  available: 'Available',
  /** A change is on its way through the servers. */
  rollingOut: 'RollingOut',
  /** On a pool: the replicas that were asked for are outside of what the pool may run. */
  scalingLimited: 'ScalingLimited',
  /** On a pool: the number of servers follows the load. */
  scalingActive: 'ScalingActive',
  /** On a pool: the servers carry the load, with the redundancy to spare (N+2). Absent without `server.capacityQps`. */
  capacitySufficient: 'CapacitySufficient',
  reconciling: 'Reconciling',
  stalled: 'Stalled',
} as const;

export const reasons = {
  /** The spec was accepted. */
  accepted: 'Accepted',
  /** A value in the spec cannot work; the message names the field, the value and the remedy. */
  invalidSpec: 'InvalidSpec',
  /** The engine's own checker refused the configuration made from the spec. */
  configurationRefused: 'ConfigurationRefused',
  /** No server could be asked yet whether it takes the configuration. */
  configurationUnchecked: 'ConfigurationUnchecked',
  /** An object of a name that we need exists and belongs to somebody else. */
  nameConflict: 'NameConflict',
  /** Every server that should answer answers. */
  serversReady: 'ServersReady',
  /** Fewer servers than wanted answer, but the floor holds. */
  serversMissing: 'ServersMissing',
  /** Fewer servers than the floor answer. */
  belowFloor: 'BelowFloor',
  /** Every PoP is ready. */
  popsReady: 'PopsReady',
  /** Some PoP is not ready. */
  popsNotReady: 'PopsNotReady',
  /** Servers are being created, replaced or reconfigured. */
  rollingOut: 'RollingOut',
  /** A step of a rollout did not become ready or did not hold; the rest keeps the former version. */
  rolloutBlocked: 'RolloutBlocked',
  /** A changed PoP is being watched for `rollout.pauseSeconds` before the next. */
  rolloutHolding: 'RolloutHolding',
  /** Nothing is under way. */
  rolloutComplete: 'RolloutComplete',
  /** A PoP that left the spec gives up its servers one at a time. */
  retiring: 'Retiring',
  /** The pool has given up all servers and can be deleted. */
  retired: 'Retired',
  /** `spec.replicas` is below `minServers`; the floor holds. */
  tooFewReplicas: 'TooFewReplicas',
  /** `spec.replicas` is above `maxServers`; the maximum holds. */
  tooManyReplicas: 'TooManyReplicas',
  /** `spec.replicas` is within the limits. */
  withinLimits: 'WithinLimits',
  /** The number of servers follows the load. */
  scalesOnLoad: 'ScalesOnLoad',
  /** The number of servers follows the load, by the least that a server carries: what it carries was not measured yet. */
  capacityNotMeasured: 'CapacityNotMeasured',
  /** The servers carry the load with the redundancy to spare. */
  capacitySufficient: 'CapacitySufficient',
  /** The Deployment reports that it makes no progress. */
  deadlineExceeded: 'ProgressDeadlineExceeded',
  /** A pool was created for a PoP of the spec. */
  popCreated: 'PopCreated',
  /** A PoP was given a new version, as a step of a rollout. */
  popChanged: 'PopChanged',
  /** A PoP was given other limits or labels, which needs no step. */
  popAdjusted: 'PopAdjusted',
  /** A PoP that was leaving is wanted again. */
  popResumed: 'PopResumed',
  /** The pool of a PoP that left the spec was deleted, after its last server had gone. */
  popRemoved: 'PopRemoved',
  /** A configuration that an engine accepted was published for the servers of a pool. */
  configurationPublished: 'ConfigurationPublished',
  /** The number of servers of a pool was changed. */
  serversScaled: 'ServersScaled',
  /** A server is taken away: its pod is being deleted, and drains. */
  serverDraining: 'ServerDraining',
  /** A server that was taken away was measured quiet before it stopped. */
  serverDrained: 'ServerDrained',
  /** A server that was taken away was not measured quiet, or nobody heard that it was. */
  serverDrainUnproven: 'ServerDrainUnproven',
  /** A server that was to be taken away stays, because the reason is gone. */
  serverDrainUndone: 'ServerDrainUndone',
  /** The API server refused or failed a request; it is tried again. */
  apiError: 'ApiError',
} as const;

export type Reason = (typeof reasons)[keyof typeof reasons];
