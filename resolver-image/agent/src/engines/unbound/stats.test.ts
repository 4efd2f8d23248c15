import { describe, expect, it } from '@jest/globals';
import { readable } from './checker.js';
import { LATENCY_BOUNDS, parseInfra, toSample } from './stats.js';

const text = `total.num.queries=120
total.num.cachehits=100
total.num.cachemiss=20
total.num.expired=3
total.num.prefetch=2
total.num.recursivereplies=20
total.num.queries_discard_timeout=4
total.recursion.time.avg=0.250000
total.requestlist.exceeded=1
total.requestlist.current.all=7
total.requestlist.current.user=5
time.up=61.500000
mem.cache.rrset=2000
mem.cache.message=1000
histogram.000000.000128.to.000000.000256=6
histogram.000000.262144.to.000000.524288=10
histogram.000016.000000.to.000032.000000=4
num.query.class.IN=90
num.query.class.CH=30
num.answer.rcode.NOERROR=110
num.answer.rcode.NXDOMAIN=10
num.answer.rcode.nodata=6
msg.cache.count=11
rrset.cache.count=22
infra.cache.count=1
`;
const context = { startId: 'a', version: '1.26.2' };

describe('toSample', () => {
  it('takes our own probes out of what clients did', () => {
    const { counters } = toSample(text, context);
    expect(counters).toMatchObject({ queries: 90, cacheHits: 70, cacheMisses: 20, dropped: 5, recursionSeconds: 5 });
    expect(counters.rcodes).toEqual({ NOERROR: 80, NXDOMAIN: 10 });
    expect(counters.probes).toBe(30);
  });

  it('counts latencies up to each bound', () => {
    const { recursion } = toSample(text, context);
    const upTo = (bound: number) => recursion.find(({ leSeconds }) => leSeconds === bound)?.count;
    expect([upTo(0.000256), upTo(0.262144), upTo(0.524288), upTo(16)]).toEqual([6, 6, 16, 16]);
    expect(recursion.map(({ leSeconds }) => leSeconds)).toEqual([...LATENCY_BOUNDS]);
  });

  it('refuses what is no answer to stats', () => {
    expect(() => toSample('error unknown command\n', context)).toThrow(/unexpected answer "error unknown/);
  });
});

describe('parseInfra', () => {
  it('reads servers with round-trip time and time-outs, and skips what expired', () => {
    const dump =
      '127.0.0.1@5301 . ttl 897 ping 0 var 94 rtt 376 rto 3008 tA 3 tAAAA 1 tother 0 ednsknown 0 edns 0 delay 0 lame dnssec 0 rec 0 A 0 other 0\n' +
      '192.0.2.1 corp.example. expired, rto 3010\n';
    expect(parseInfra(dump)).toEqual([{ server: '127.0.0.1@5301', zone: '.', rttSeconds: 0.376, timeouts: 4 }]);
  });
});

describe('readable', () => {
  it("leaves out of the checker's words what is not for people", () => {
    const path = '/run/dnsfleet/candidate-7-1.conf';
    const output = `${path}:3: error: unknown keyword 'x'\n[1795488157] unbound-checkconf[25194:0] fatal error: no\n\n`;
    expect(readable(output, path)).toEqual(["unbound.conf:3: error: unknown keyword 'x'", 'fatal error: no']);
    expect(readable('', path)).toEqual([expect.stringContaining('did not say why')]);
  });
});
