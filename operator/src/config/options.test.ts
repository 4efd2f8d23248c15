import { describe, expect, test } from '@jest/globals';
import { describeOptions, OptionsError, parseOptions } from './options.js';

const image = ['--resolver-image', 'registry.example/resolver:1'];

describe('parseOptions', () => {
  test('has defaults for all but the image', () => {
    expect(parseOptions(image, {})).toMatchObject({
      resolverImage: 'registry.example/resolver:1',
      watchNamespaces: [],
      leaderElection: 'Enabled',
      httpPort: 8080,
    });
  });

  test('takes the environment, and flags before it', () => {
    const env = { DNSFLEET_RESOLVER_IMAGE: 'a:1', DNSFLEET_HTTP_PORT: '9000', DNSFLEET_WATCH_NAMESPACES: 'dns, edge' };
    expect(parseOptions(['--http-port=9001'], env)).toMatchObject({
      resolverImage: 'a:1',
      httpPort: 9001,
      watchNamespaces: ['dns', 'edge'],
    });
  });

  test.each([
    [['--colour=red'], /colour/],
    [[...image, '--http-port=http'], /--http-port \(or DNSFLEET_HTTP_PORT\): 'http'/],
    [[...image, '--http-port=70000'], /70000/],
    [[...image, '--log-level=loud'], /debug/],
    [[...image, '--renew-deadline-seconds=20'], /must be less than leaseDurationSeconds/],
    [[], /--resolver-image/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseOptions(argv, {})).toThrow(OptionsError);
    expect(() => parseOptions(argv, {})).toThrow(message);
  });

  test('tells all that is wrong at once', () => {
    expect(() => parseOptions([...image, '--http-port=x', '--concurrency=0'], {})).toThrow(/http-port[^]*concurrency/);
  });
});

test('describeOptions names each option with its meaning', () => {
  for (const line of describeOptions().split('\n')) expect(line).toMatch(/^ {2}--[a-z-]+ +\S/);
});
