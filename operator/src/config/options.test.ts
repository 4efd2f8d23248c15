import { describe, expect, test } from '@jest/globals';
import { defaults } from './defaults.js';
import { describeOptions, OptionsError, parseOptions } from './options.js';

const image = ['--resolver-image', 'registry.example/resolver:1'];

/** The message with which options are refused. */
function refusal(argv: readonly string[], env = {}): string {
  try {
    parseOptions(argv, env);
  } catch (error) {
    if (error instanceof OptionsError) return error.message;
    throw error;
  }
  throw new Error(`${argv.join(' ')} was taken`);
}

describe('parseOptions', () => {
  test('has defaults for all but the image', () => {
    expect(parseOptions(image, {})).toEqual({ ...defaults, resolverImage: 'registry.example/resolver:1' });
  });

  test('takes the environment, and flags before it', () => {
    const env = {
      DNSFLEET_RESOLVER_IMAGE: 'a:1',
      DNSFLEET_HTTP_PORT: '9000',
      DNSFLEET_WATCH_NAMESPACES: 'dns, edge, dns',
    };
    expect(parseOptions(['--http-port=9001'], env)).toMatchObject({
      resolverImage: 'a:1',
      httpPort: 9001,
      watchNamespaces: ['dns', 'edge'],
    });
  });

  test('leaves variables alone that Kubernetes makes of a Service', () => {
    expect(parseOptions(image, { DNSFLEET_SERVICE_HOST: '10.0.0.1', DNSFLEET_PORT: 'tcp://10.0.0.1:8080' })).toEqual(
      parseOptions(image, {}),
    );
  });

  test.each([
    [[...image, '--colour=red'], '--colour is no option'],
    [[...image, 'serve'], "'serve' is not expected"],
    [[...image, '--http-port'], '--http-port needs a value'],
    [[...image, '--http-port='], "--http-port (or DNSFLEET_HTTP_PORT) must be a whole number, but is ''"],
    [[...image, '--http-port=http'], "--http-port (or DNSFLEET_HTTP_PORT) must be a whole number, but is 'http'"],
    [[...image, '--http-port=70000'], "--http-port (or DNSFLEET_HTTP_PORT) must be at most 65535, but is '70000'"],
    [
      [...image, '--log-level=loud'],
      "--log-level (or DNSFLEET_LOG_LEVEL) must be one of debug, info, warn, error, but is 'loud'",
    ],
    [
      [...image, '--watch-namespaces=dns,Edge'],
      "--watch-namespaces (or DNSFLEET_WATCH_NAMESPACES) must be the name of a namespace, but is 'dns,Edge'",
    ],
    [
      [...image, '--renew-deadline-seconds=20'],
      '--renew-deadline-seconds must be less than --lease-duration-seconds: 20, 15',
    ],
    [
      [...image, '--retry-period-seconds=10'],
      '--retry-period-seconds must be less than --renew-deadline-seconds: 10, 10',
    ],
    [[], '--resolver-image (or DNSFLEET_RESOLVER_IMAGE) must be set'],
  ])('refuses %j', (argv, message) => {
    expect(refusal(argv)).toBe(message);
  });

  test('tells all that is wrong at once, whether flag or variable', () => {
    const message = refusal(['--colour=red', '--concurrency=0'], { DNSFLEET_HTTP_PORT: 'x' });
    expect(message.split('\n')).toEqual([
      '--colour is no option',
      '--resolver-image (or DNSFLEET_RESOLVER_IMAGE) must be set',
      "--http-port (or DNSFLEET_HTTP_PORT) must be a whole number, but is 'x'",
      "--concurrency (or DNSFLEET_CONCURRENCY) must be at least 1, but is '0'",
    ]);
  });
});

test('describeOptions names each option with its meaning and default', () => {
  const lines = describeOptions().split('\n');
  for (const line of lines) expect(line).toMatch(/^ {2}--[a-z-]+ +\S/);
  expect(lines).toContainEqual(expect.stringMatching(/--http-port .*\(8080\)$/));
});
