/** How many servers a PoP may have. */
import type { Rule } from './rules.js';

/** The floor of a PoP lies within its maximum. */
export const minServersWithinMaxServers: Rule<{ readonly minServers: number; readonly maxServers: number }> = {
  rule: 'self.minServers <= self.maxServers',
  message: '`minServers` must not exceed `maxServers` (3 and 10 in a fleet when omitted)',
  fieldPath: '.minServers',
  holds: ({ minServers, maxServers }) => minServers <= maxServers,
};
