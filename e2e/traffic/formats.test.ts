import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatEndpoint, parseEndpoint } from './endpoint.js';
import { frame, FrameReader } from './tcp-frames.js';
import { parseZone } from './zones.js';

describe('endpoints', () => {
  test.each([
    ['192.0.2.1:53', '192.0.2.1', 53],
    ['[2001:db8:0::1]:5353', '2001:db8::1', 5353],
  ])('%s', (text, address, port) => {
    const endpoint = parseEndpoint(text);
    expect(endpoint).toEqual({ address, port });
    expect(parseEndpoint(formatEndpoint(endpoint))).toEqual(endpoint);
  });

  test.each(['192.0.2.1', '192.0.2.1:70000', '2001:db8::1:53', 'host:53', '[192.0.2.300]:53', ''])(
    'refuses %p',
    (text) => {
      expect(() => parseEndpoint(text)).toThrow(`reading the endpoint '${text}'`);
    },
  );
});

describe('zones', () => {
  test('are read with and without dots', () => {
    expect(parseZone('.=192.0.2.1')).toEqual({ origin: '', address: '192.0.2.1' });
    expect(parseZone('Load.test.=2001:db8::1')).toEqual({ origin: 'load.test', address: '2001:db8::1' });
  });

  test.each(['test', '=192.0.2.1', 'test.='])('refuses %p', (text) => {
    expect(() => parseZone(text)).toThrow(`reading the zone '${text}'`);
  });
});

test('messages framed for TCP come out whole and in order, however they are cut', () => {
  const message = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.integer({ min: 1, max: 700 }), (messages, chunkBytes) => {
      const stream = Buffer.concat(messages.map(frame));
      const reader = new FrameReader();
      const read: Buffer[] = [];
      for (let at = 0; at < stream.length; at += chunkBytes)
        read.push(...reader.push(stream.subarray(at, at + chunkBytes)));
      expect(read.map((part) => part.toString('hex'))).toEqual(messages.map((part) => part.toString('hex')));
    }),
  );
});
