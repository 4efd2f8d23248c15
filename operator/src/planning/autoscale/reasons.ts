/** Why the autoscaler does what it does, in one word; events, status, logs and metrics share them. */

export const scaleReasons = {
  /** The load takes more than the upper threshold of the servers that are wanted. */
  highUtilization: 'HighUtilization',
  /** It takes more than 90 %, or the redundancy leaves no server to carry it; the cool-down does not count. */
  emergency: 'Emergency',
  /** Fewer servers are wanted than the load and the redundancy take, although those that still serve carry it. */
  belowRedundancy: 'BelowRedundancy',
  /** The load of the whole window takes less than the lower threshold. */
  lowUtilization: 'LowUtilization',
  /** The number of servers fits the load. */
  withinThresholds: 'WithinThresholds',
  /** Little load, and no server more than the floor, or than the load and the redundancy take. */
  fewestServers: 'FewestServers',
  /** The load takes more servers than `maxServers` allows; the message has the number that is missing. */
  maximumReached: 'MaximumReached',
  /** A change is due and waits for the end of the cool-down. */
  coolingDown: 'CoolingDown',
  /** Servers that were asked for do not serve yet. */
  serversStarting: 'ServersStarting',
  /** Servers that were asked for do not serve after 120 s. */
  serversNotComing: 'ServersNotComing',
  /** Servers are being removed; no more are chosen until they are gone. */
  serversLeaving: 'ServersLeaving',
  /** No server says what its load is. */
  loadUnknown: 'LoadUnknown',
  /** The load of some serving server is not known now: nothing shrinks. */
  loadIncomplete: 'LoadIncomplete',
  /** The load has not been known for a whole cool-down yet: nothing shrinks. */
  windowIncomplete: 'WindowIncomplete',
  /** An engine dropped queries for want of room within the window: nothing shrinks. */
  queriesShed: 'QueriesShed',
  /** An engine used up its CPU limit for some time within the window: nothing shrinks. */
  engineThrottled: 'EngineThrottled',
  /** A change is on its way through the servers: nothing shrinks. */
  rolloutUnderWay: 'RolloutUnderWay',
  /** The annotation `dnsfleet.dev/pause-scaling-until` holds the number of servers. */
  scalingPaused: 'ScalingPaused',
  /** The annotation `dnsfleet.dev/pause-shrinking-until` keeps the servers. */
  shrinkingPaused: 'ShrinkingPaused',
  /** An annotation that pauses scaling does not say until when: nothing shrinks. */
  pauseUnreadable: 'PauseUnreadable',
  /** A HorizontalPodAutoscaler writes `/scale` while `autoscaling.mode` is Builtin. */
  twoScalers: 'TwoScalers',
  /** `server.capacityQps` is not set: load says nothing about the number of servers. */
  capacityUnknown: 'CapacityUnknown',
  /** `autoscaling.mode` is External: somebody else writes `/scale`. */
  scaledExternally: 'ScaledExternally',
  /** `autoscaling.mode` is Disabled. */
  scalingDisabled: 'ScalingDisabled',
  /** The pool gives up its servers. */
  retiring: 'PoolRetiring',
} as const;

export type ScaleReason = (typeof scaleReasons)[keyof typeof scaleReasons];
