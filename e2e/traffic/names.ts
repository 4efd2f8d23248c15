/**
 * What a test name means: which answer the upstream gives for it and how fast. Kept apart because the upstream and the
 * load generator must agree on it: the generator checks every answer against the same rules.
 */

/** What is answered for a name. */
export type Content = 'address' | 'large' | 'nx' | 'servfail' | 'whoami';

/** The meaning of one name. */
export interface NameRule {
  readonly content: Content;
  /** The upstream lets the client wait before it answers. */
  readonly slow: boolean;
  readonly ttlSeconds: number;
}

const defaultTtlSeconds = 300;
const contents: readonly Content[] = ['large', 'nx', 'servfail', 'whoami'];

/**
 * Reads the rule of a name from its labels, whatever their case: `large`, `nx`, `servfail` and `whoami` choose the
 * content, `ttl-N` the time to live in seconds, and `slow` a late answer if a label stands before it (`x.slow.load.test`
 * is slow and `slow.load.test` is not, so that a resolver which minimises query names waits once and not twice).
 * Of all other names, `slowPercent` in a hundred are slow, chosen by hash.
 */
export function ruleOf(name: string, slowPercent = 0): NameRule {
  const labels = name.toLowerCase().split('.');
  const content = contents.find((candidate) => labels.includes(candidate)) ?? 'address';
  const ttl = labels.map((label) => /^ttl-(\d{1,9})$/.exec(label)?.[1]).find((digits) => digits !== undefined);
  const slow = labels.indexOf('slow') > 0 || hashOf(name) % 100 < slowPercent;
  // A cached identity would tell which upstream answered once, not which answers now.
  const ttlSeconds = ttl !== undefined ? Number(ttl) : content === 'whoami' ? 0 : defaultTtlSeconds;
  return { content, slow, ttlSeconds };
}

/** The IPv4 address of a name: always the same, out of the benchmarking range 198.18.0.0/15 (RFC 2544). */
export function addressOf(name: string): string {
  const hash = hashOf(name);
  return `198.${18 + ((hash >>> 16) & 1)}.${(hash >>> 8) & 0xff}.${hash & 0xff}`;
}

/** The IPv6 address of a name: always the same, out of the documentation range 2001:db8::/32 (RFC 3849). */
export function address6Of(name: string): string {
  const hash = hashOf(name);
  return `2001:db8::${(hash >>> 16).toString(16)}:${(hash & 0xffff).toString(16)}`;
}

/** The strings of a large TXT answer: about 4 kB, more than any usual EDNS size, and different for each name. */
export function largeTextOf(name: string): readonly string[] {
  const seed = hashOf(name).toString(16).padStart(8, '0');
  return Array.from({ length: 16 }, (_, index) => `${seed}-${index.toString().padStart(2, '0')}`.padEnd(250, 'x'));
}

/** FNV-1a over the lower-case name without its last dot. */
function hashOf(name: string): number {
  const canonical = name.toLowerCase().replace(/\.$/, '');
  let hash = 0x811c9dc5;
  for (let index = 0; index < canonical.length; index += 1) {
    hash = Math.imul(hash ^ canonical.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
