/** How much memory a server needs for its cache and threads. */
import { bytesOf, parseQuantity, type Quantity } from '../quantity.js';
import type { Rule } from './rules.js';

/**
 * Unbound's resident memory is up to 1.3 times what it accounts to its caches, and 64 MiB beside them (measured with
 * 1.17 to 1.26 and a million names). A thread that has nothing to do has up to 6.4 MB of its own (measured with 1.26: 24
 * MB in all with one thread, 45 MB with four). One with all of its 4,096 recursions waiting has 45 MB more, which this
 * holds for one thread: a request is what a server always uses, and a limit should leave room for the rest.
 */
const factor = 1.3;
const base = 64 * 2 ** 20;
const perThread = 8 * 2 ** 20;

/** The memory in bytes that a server with a cache of `cacheBytes` and `threads` threads needs. */
export function memoryForServer(cacheBytes: number, threads: number): number {
  return Math.ceil(cacheBytes * factor + base + threads * perThread);
}

interface CacheAndMemory {
  readonly engine: { readonly threads: number };
  readonly cache: { readonly size: Quantity };
  readonly server: { readonly resources: { readonly requests: { readonly memory: Quantity } } };
}

const size = 'string(self.cache.size)';
const memory = 'string(self.server.resources.requests.memory)';
const threads = `double(self.engine.threads) * ${perThread.toFixed(1)}`;
const needed = `quantity(${size}).asApproximateFloat() * ${factor} + ${base.toFixed(1)} + ${threads}`;

/** The memory that a server is sure of must hold its cache and its threads. */
export const cacheFitsMemory: Rule<CacheAndMemory> = {
  rule: `!isQuantity(${size}) || !isQuantity(${memory}) || ${needed} <= quantity(${memory}).asApproximateFloat()`,
  message:
    '`server.resources.requests.memory` must be at least 1.3 times `cache.size`, 64Mi, and 8Mi for each of `engine.threads`: raise it or lower `cache.size`',
  messageExpression: `'\`server.resources.requests.memory\` must be at least %dMi for this \`cache.size\` and \`engine.threads\`: raise it or lower \`cache.size\`'.format([int((${needed}) / 1048576.0) + 1])`,
  fieldPath: '.server.resources.requests.memory',
  holds: ({ engine, cache, server }) => {
    const request = server.resources.requests.memory;
    if (parseQuantity(cache.size) === undefined || parseQuantity(request) === undefined) return true;
    return memoryForServer(bytesOf(cache.size), engine.threads) <= bytesOf(request);
  },
};
