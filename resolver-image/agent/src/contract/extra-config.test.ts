import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseExtraConfig } from './extra-config.js';
import { EXTRA_OPTIONS, whyRefused } from './extra-options.js';

const messages = (text: string) => parseExtraConfig(text).errors.map(({ line, message }) => `${line}: ${message}`);

describe('parseExtraConfig', () => {
  it('reads options, comments, blank lines and Windows line ends', () => {
    const text =
      '# tuning\r\nPrefetch: no\r\n\r\n  edns-buffer-size:  1400   # jumbo\nprivate-address: 10.0.0.0/8\nprivate-address: fd00::/8\n';
    expect(parseExtraConfig(text)).toEqual({
      errors: [],
      settings: [
        { option: 'prefetch', value: 'no' },
        { option: 'edns-buffer-size', value: '1400' },
        { option: 'private-address', value: '10.0.0.0/8' },
        { option: 'private-address', value: 'fd00::/8' },
      ],
    });
  });

  it.each([
    ['num-threads: 4', /^1: `num-threads` .*engine\.threads/],
    ['\nmsg-cache-size: 1g', /^2: `msg-cache-size` .*cache\.size/],
    ['include: "/etc/passwd"', /^1: `include` .*files/],
    ['chroot: "/"', /files/],
    ['module-config: "python iterator"', /must keep its value/],
    ['python-script: x', /programs/],
    ['control-enable: no', /control channel/],
    ['interface: 0.0.0.0', /listeners/],
    ['logfile: /tmp/x', /files/],
    ['so-rcvbuf: 4m', /restarts/],
    ['msg-cache-slabs: 8', /restarts/],
    ['trust-anchor-file: x', /DNSSEC/],
    ['prefetsh: yes', /did you mean `prefetch`\?/],
    ['prefetch: true', /must be `yes` or `no`/],
    ['edns-buffer-size: 100', /whole number from 512 to 4096/],
    ['edns-buffer-size: 0x500', /whole number/],
    ['ratelimit-for-domain: example 5 6', /a blank and a whole number/],
    ['prefetch: yes\nprefetch: no', /^2: .*line 1/],
    ['server:', /clause/],
    ['no colon here', /not of the form/],
  ])('refuses %j with a remedy', (text, message) => {
    expect(messages(text)).toEqual([expect.stringMatching(message)]);
  });

  it('never throws, and lets only single lines of listed options through', () => {
    const line = fc
      .tuple(fc.constantFrom(...EXTRA_OPTIONS.keys(), 'include', 'server'), fc.string())
      .map((pair) => pair.join(': '));
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string({ unit: 'binary' }))), (lines) => {
        for (const { option, value } of parseExtraConfig(lines.join('\n')).settings) {
          expect(EXTRA_OPTIONS.has(option)).toBe(true);
          expect(value).toMatch(/^[A-Za-z0-9.:/_ -]+$/);
        }
      }),
    );
  });
});

describe('the lists of options', () => {
  it('say of no option both that it is allowed and why it is refused', () => {
    for (const option of EXTRA_OPTIONS.keys()) expect(whyRefused(option)).toContain('is not on the list');
  });
});
