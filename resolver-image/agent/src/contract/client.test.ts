import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MockAgent } from 'undici';
import { AgentClient, AgentError } from './client.js';

const baseUrl = 'http://agent.test:8080';
let dispatcher: MockAgent;
beforeEach(() => {
  dispatcher = new MockAgent();
  dispatcher.disableNetConnect();
});
afterEach(() => dispatcher.close());

const client = () => new AgentClient({ baseUrl, token: 's3cret', dispatcher });
const accepted = { accepted: true, messages: [] };

describe('AgentClient', () => {
  it('sends the text as it is, with the token, to change and to check', async () => {
    const text = '{"revision":  7}';
    const headers = { authorization: 'Bearer s3cret' };
    const pool = dispatcher.get(baseUrl);
    pool.intercept({ method: 'PUT', path: '/v1/config', body: text, headers }).reply(200, accepted);
    pool.intercept({ method: 'POST', path: '/v1/config/check', body: text, headers }).reply(200, accepted);
    expect(await client().push(text)).toEqual(accepted);
    expect(await client().check(text)).toEqual(accepted);
  });

  it('reads the text in force as it is, with the token', async () => {
    const text = '{"revision":  7}';
    const headers = { authorization: 'Bearer s3cret' };
    const pool = dispatcher.get(baseUrl);
    pool.intercept({ method: 'GET', path: '/v1/config/text', headers }).reply(200, { text });
    pool.intercept({ method: 'GET', path: '/v1/config/text', headers }).reply(200, {});
    expect(await client().text()).toBe(text);
    expect(await client().text()).toBeUndefined();
  });

  it("asks for the load with wait and sequence, within the agent's limit", async () => {
    const load = {
      sequence: 4,
      sampledAtMs: 1,
      engine: { answering: true, startId: 'a', version: '1' },
      queriesPerSecond: 2.5,
      drain: { phase: 'Serving', sinceMs: 1 },
    };
    dispatcher.get(baseUrl).intercept({ method: 'GET', path: '/v1/load?wait=60&since=3' }).reply(200, load);
    expect(await client().load({ waitSeconds: 600, since: 3 })).toEqual(load);
  });

  it('says what the agent said, with the status', async () => {
    dispatcher.get(baseUrl).intercept({ method: 'GET', path: '/v1/config' }).reply(503, { error: 'the agent is away' });
    const failure = client().config();
    await expect(failure).rejects.toThrow(AgentError);
    await expect(failure).rejects.toMatchObject({
      status: 503,
      message: 'GET http://agent.test:8080/v1/config: status 503: the agent is away',
    });
  });

  it('refuses an answer of another form', async () => {
    dispatcher.get(baseUrl).intercept({ method: 'GET', path: '/v1/config' }).reply(200, { inForce: 'yes' });
    await expect(client().config()).rejects.toThrow(/unexpected answer: .*inForce/s);
  });

  it("gives the reason of a broken connection, and the signal's own reason", async () => {
    dispatcher
      .get(baseUrl)
      .intercept({ method: 'GET', path: '/v1/config' })
      .replyWithError(new Error('reset'))
      .times(1);
    await expect(client().config()).rejects.toThrow(/GET .*config: reset$/);
    await expect(client().config(AbortSignal.abort(new Error('shutting down')))).rejects.toThrow('shutting down');
  });
});
