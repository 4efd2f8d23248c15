/** How much memory a server needs for a cache. */
import { bytesOf, parseQuantity, type Quantity } from '../quantity.js';
import type { Rule } from './rules.js';

/**
 * Unbound's resident memory is up to 1.3 times what it accounts to its caches, and 64 MiB beside them (measured with
 * 1.17 to 1.26 and a million names).
 */
const factor = 1.3;
const base = 64 * 2 ** 20;

/** The memory in bytes that a server with a cache of `cacheBytes` needs. */
export function memoryForCache(cacheBytes: number): number {
  return Math.ceil(cacheBytes * factor + base);
}

interface CacheAndMemory {
  readonly cache: { readonly size: Quantity };
  readonly server: { readonly resources: { readonly requests: { readonly memory: Quantity } } };
}

const size = 'string(self.cache.size)';
const memory = 'string(self.server.resources.requests.memory)';
const needed = `quantity(${size}).asApproximateFloat() * ${factor} + ${base.toFixed(1)}`;

/** The memory that a server is sure of must hold its cache. */
export const cacheFitsMemory: Rule<CacheAndMemory> = {
  rule: `!isQuantity(${size}) || !isQuantity(${memory}) || ${needed} <= quantity(${memory}).asApproximateFloat()`,
  message:
    '`server.resources.requests.memory` must be at least 1.3 times `cache.size` and 64Mi: raise it or lower `cache.size`',
  messageExpression: `'\`server.resources.requests.memory\` must be at least %dMi for this \`cache.size\`: raise it or lower \`cache.size\`'.format([int((${needed}) / 1048576.0) + 1])`,
  fieldPath: '.server.resources.requests.memory',
  holds: ({ cache, server }) => {
    const request = server.resources.requests.memory;
    if (parseQuantity(cache.size) === undefined || parseQuantity(request) === undefined) return true;
    return memoryForCache(bytesOf(cache.size)) <= bytesOf(request);
  },
};
