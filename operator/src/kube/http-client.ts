/**
 * The KubeClient over HTTP. `#send` is the one function that every request passes: limiter, credentials, deadline,
 * metrics and errors are there and nowhere else. Neither bodies nor headers are ever logged or put into a message.
 */
import { request, type Dispatcher } from 'undici';
import type { Clock } from '../runtime/clock.js';
import { withDeadline, type Deadline } from '../runtime/deadline.js';
import { noMetrics, type KubeMetrics } from '../runtime/metrics.js';
import { TokenBucket } from '../runtime/token-bucket.js';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KeyedPatch,
  KubeClient,
  Page,
  PageOptions,
  PatchOptions,
  Scale,
  ScaleOptions,
  Selection,
  WatchLine,
  WatchOptions,
} from './client.js';
import type { ConnectionUse, KubeConnection, RequestSetup } from './connection.js';
import { errorOfAnswer, hasCode, KubeError, toKubeError } from './errors.js';
import { deepFreeze, isRecord, keyOf, type Intent, type KubeObject } from './object.js';
import { apiVersionOf, collectionPath, objectPath, type Resource } from './resource.js';
import { readWatchLines } from './watch-lines.js';

export interface HttpKubeClientOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly metrics?: KubeMetrics | undefined;
  /** `name/version` of the program. */
  readonly userAgent: string;
  /** Requests a second in the long run; the API server's own fairness comes on top. */
  readonly qps?: number | undefined;
  readonly burst?: number | undefined;
}

/** A request as `#send` takes it. */
interface Call {
  readonly verb: string;
  readonly resource: Resource<KubeObject>;
  /** For messages: 'applying deployments dns/public'. */
  readonly doing: string;
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  readonly subresource?: string | undefined;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly use?: ConnectionUse | undefined;
}

const defaultTimeoutMs = 15_000;
/** controller-runtime's 20/30 make a start with thousands of objects slow; flow control at the server is the real limit. */
const defaultQps = 50;
const defaultBurst = 100;
const pageSize = 500;

export class HttpKubeClient implements KubeClient {
  readonly #connection: KubeConnection;
  readonly #clock: Clock;
  readonly #metrics: KubeMetrics;
  readonly #userAgent: string;
  readonly #bucket: TokenBucket;

  constructor(options: HttpKubeClientOptions) {
    this.#connection = options.connection;
    this.#clock = options.clock;
    this.#metrics = options.metrics ?? noMetrics;
    this.#userAgent = options.userAgent;
    const { clock, qps = defaultQps, burst = defaultBurst } = options;
    this.#bucket = new TokenBucket({ clock, perSecond: qps, burst });
  }

  async get<T extends KubeObject>(
    resource: Resource<T>,
    key: string,
    options: CallOptions = {},
  ): Promise<T | undefined> {
    const call: Call = {
      verb: 'get',
      method: 'GET',
      resource,
      path: objectPath(resource, key),
      doing: `getting ${resource.plural} ${key}`,
    };
    const raw = await absentAsUndefined(this.#json(call, options));
    return raw === undefined ? undefined : read(resource, raw, call.doing);
  }

  async list<T extends KubeObject>(
    resource: Resource<T>,
    options: CallOptions & Selection = {},
  ): Promise<readonly T[]> {
    const objects: T[] = [];
    let continueToken: string | undefined;
    do {
      const page = await this.listPage(resource, { ...options, limit: pageSize, continueToken });
      objects.push(...page.items.map((item) => read(resource, item, `listing ${resource.plural}`)));
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
    return objects;
  }

  async listPage(resource: Resource<KubeObject>, options: PageOptions = {}): Promise<Page> {
    const doing = `listing ${resource.plural}`;
    const raw = await this.#json(
      {
        verb: 'list',
        method: 'GET',
        resource,
        path: collectionPath(resource, options.namespace),
        query: {
          ...selectionQuery(options),
          limit: options.limit,
          continue: options.continueToken,
          resourceVersion: options.resourceVersion,
        },
        doing,
      },
      options,
    );
    const metadata = isRecord(raw) ? raw['metadata'] : undefined;
    const items = isRecord(raw) ? (raw['items'] ?? []) : undefined;
    if (!isRecord(metadata) || !Array.isArray(items) || typeof metadata['resourceVersion'] !== 'string') {
      throw new KubeError('Unavailable', `${doing}: the answer is no list`);
    }
    const token = metadata['continue'];
    return {
      items,
      resourceVersion: metadata['resourceVersion'],
      continueToken: typeof token === 'string' && token !== '' ? token : undefined,
    };
  }

  async *watch(resource: Resource<KubeObject>, options: WatchOptions): AsyncGenerator<WatchLine> {
    const doing = `watching ${resource.plural}`;
    const call: Call = {
      verb: 'watch',
      method: 'GET',
      resource,
      path: collectionPath(resource, options.namespace),
      query: {
        ...selectionQuery(options),
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: options.resourceVersion,
        timeoutSeconds: options.timeoutSeconds,
      },
      doing,
      use: 'watch',
    };
    try {
      const answer = await withDeadline(this.#deadline(doing, { signal: options.signal }), (opening) =>
        this.#send(call, { opening, reading: options.signal }),
      );
      try {
        yield* readWatchLines(answer.body);
      } finally {
        answer.body.destroy();
      }
    } catch (error) {
      throw failure(error, doing, options.signal);
    }
  }

  apply<T extends KubeObject>(resource: Resource<T>, intent: Intent, options: ApplyOptions): Promise<T> {
    return this.#apply(resource, intent, options);
  }

  applyStatus<T extends KubeObject>(resource: Resource<T>, intent: Intent, options: ApplyOptions): Promise<T> {
    return this.#apply(resource, intent, { ...options, subresource: 'status' });
  }

  async create<T extends KubeObject>(
    resource: Resource<T>,
    object: Intent,
    options: CallOptions & { readonly manager: string },
  ): Promise<T> {
    const doing = `creating ${resource.plural} ${keyOf(object)}`;
    const raw = await this.#json(
      {
        verb: 'create',
        method: 'POST',
        resource,
        path: collectionPath(resource, object.metadata?.namespace),
        query: { fieldManager: options.manager },
        body: { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind },
        contentType: 'application/json',
        doing,
      },
      options,
    );
    return read(resource, raw, doing);
  }

  async patch<T extends KubeObject>(resource: Resource<T>, change: KeyedPatch, options: PatchOptions): Promise<T> {
    const { doing, raw } = await this.#mergePatch(resource, change, options);
    return read(resource, raw, doing);
  }

  async delete(resource: Resource<KubeObject>, key: string, options: DeleteOptions = {}): Promise<boolean> {
    const { uid, resourceVersion, propagation } = options;
    const answer = await absentAsUndefined(
      this.#json(
        {
          verb: 'delete',
          method: 'DELETE',
          resource,
          path: objectPath(resource, key),
          body: {
            apiVersion: 'v1',
            kind: 'DeleteOptions',
            propagationPolicy: propagation ?? 'Background',
            preconditions: { uid, resourceVersion },
          },
          contentType: 'application/json',
          doing: `deleting ${resource.plural} ${key}`,
        },
        options,
      ),
    );
    return answer !== undefined;
  }

  async getScale(resource: Resource<KubeObject>, key: string, options: CallOptions = {}): Promise<Scale | undefined> {
    const doing = `getting scale of ${resource.plural} ${key}`;
    const path = objectPath(resource, key, 'scale');
    const raw = await absentAsUndefined(
      this.#json({ verb: 'get', method: 'GET', resource, subresource: 'scale', path, doing }, options),
    );
    return raw === undefined ? undefined : readScale(raw, doing);
  }

  async setScale(
    resource: Resource<KubeObject>,
    wish: { readonly key: string; readonly replicas: number },
    options: ScaleOptions,
  ): Promise<Scale> {
    const { resourceVersion } = options;
    const patch = { metadata: { resourceVersion }, spec: { replicas: wish.replicas } };
    const { doing, raw } = await this.#mergePatch(
      resource,
      { key: wish.key, patch },
      { ...options, subresource: 'scale' },
    );
    return readScale(raw, doing);
  }

  async #apply<T extends KubeObject>(
    resource: Resource<T>,
    intent: Intent,
    options: ApplyOptions & { readonly subresource?: 'status' },
  ): Promise<T> {
    const key = keyOf(intent);
    const { subresource, manager, force = true, uid, resourceVersion } = options;
    const doing = `applying ${nameOf(resource, subresource)} ${key}`;
    const raw = await this.#json(
      {
        verb: 'apply',
        method: 'PATCH',
        resource,
        subresource,
        path: objectPath(resource, key, subresource),
        query: { fieldManager: manager, force },
        body: {
          ...intent,
          apiVersion: apiVersionOf(resource),
          kind: resource.kind,
          metadata: { ...intent.metadata, uid, resourceVersion },
        },
        contentType: 'application/apply-patch+yaml',
        doing,
      },
      options,
    );
    return read(resource, raw, doing);
  }

  async #mergePatch(resource: Resource<KubeObject>, change: KeyedPatch, options: PatchOptions) {
    const { subresource, manager } = options;
    const doing = `patching ${nameOf(resource, subresource)} ${change.key}`;
    const raw = await this.#json(
      {
        verb: 'patch',
        method: 'PATCH',
        resource,
        subresource,
        path: objectPath(resource, change.key, subresource),
        query: { fieldManager: manager },
        body: change.patch,
        contentType: 'application/merge-patch+json',
        doing,
      },
      options,
    );
    return { doing, raw };
  }

  /** Sends a request and reads its answer as JSON, all within one deadline. */
  async #json(call: Call, options: CallOptions): Promise<unknown> {
    const { doing } = call;
    try {
      return await withDeadline(this.#deadline(doing, options), async (signal) => {
        const answer = await this.#send(call, { opening: signal, reading: signal });
        return parseAnswer(await answer.body.text(), doing);
      });
    } catch (error) {
      throw failure(error, doing, options.signal);
    }
  }

  #deadline(doing: string, { signal, timeoutMs = defaultTimeoutMs }: CallOptions): Deadline {
    return { clock: this.#clock, timeoutMs, signal, doing };
  }

  /** The one function that every request passes. Returns once the headers of a good answer are there. */
  async #send(call: Call, signals: Signals): Promise<Dispatcher.ResponseData> {
    let code = 'Aborted';
    let startMs = this.#clock.now();
    try {
      await this.#bucket.take(signals.opening);
      const setup = await this.#connection.setup(call.use ?? 'call');
      startMs = this.#clock.now();
      const answer = await this.#dispatch(call, setup, signals);
      code = String(answer.statusCode);
      if (answer.statusCode < 400) return answer;
      throw errorOfAnswer(
        { status: answer.statusCode, retryAfter: headerOf(answer, 'retry-after'), body: await readStatus(answer) },
        call.doing,
      );
    } catch (error) {
      const known = failure(error, call.doing, signals.opening);
      if (known.status === undefined) code = known.code;
      throw known;
    } finally {
      const resource = nameOf(call.resource, call.subresource);
      this.#metrics.apiRequest({ verb: call.verb, resource, code, seconds: (this.#clock.now() - startMs) / 1000 });
    }
  }

  async #dispatch(call: Call, setup: RequestSetup, signals: Signals): Promise<Dispatcher.ResponseData> {
    const abort = new AbortController();
    const onOpening = () => abort.abort(signals.opening.reason);
    const onReading = () => abort.abort(signals.reading.reason);
    signals.opening.addEventListener('abort', onOpening, { once: true });
    signals.reading.addEventListener('abort', onReading, { once: true });
    const release = () => signals.reading.removeEventListener('abort', onReading);
    try {
      const answer = await request(`${this.#connection.server}${call.path}${queryString(call.query)}`, {
        method: call.method,
        dispatcher: setup.dispatcher,
        headers: {
          ...setup.headers,
          accept: 'application/json',
          'user-agent': this.#userAgent,
          ...(call.contentType !== undefined && { 'content-type': call.contentType }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal: abort.signal,
      });
      answer.body.once('close', release);
      return answer;
    } catch (error) {
      release();
      throw error;
    } finally {
      signals.opening.removeEventListener('abort', onOpening);
    }
  }
}

/** `opening` ends the wait for headers, `reading` the body: a watch outlives the deadline of its opening. */
interface Signals {
  readonly opening: AbortSignal;
  readonly reading: AbortSignal;
}

/** Our own signal explains every failure that follows it, however the library words it. */
function failure(error: unknown, doing: string, signal: AbortSignal | undefined): KubeError {
  const known = toKubeError(error, doing);
  if (signal?.aborted !== true || known.code === 'Aborted' || known.code === 'Timeout') return known;
  return new KubeError('Aborted', `${doing}: aborted`, { cause: error });
}

function nameOf(resource: Resource<KubeObject>, subresource: string | undefined): string {
  return subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
}

function selectionQuery({ labelSelector, fieldSelector }: Selection) {
  return { labelSelector, fieldSelector };
}

function queryString(query: Call['query'] = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  return params.size === 0 ? '' : `?${params.toString()}`;
}

function headerOf(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The body of a refusal; what is no JSON (a proxy's page) says nothing that the status does not. */
async function readStatus(answer: Dispatcher.ResponseData): Promise<unknown> {
  try {
    return JSON.parse(await answer.body.text());
  } catch {
    return undefined;
  }
}

function parseAnswer(text: string, doing: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KubeError('Unavailable', `${doing}: the answer is no JSON`, { cause: error });
  }
}

function read<T extends KubeObject>(resource: Resource<T>, raw: unknown, doing: string): T {
  try {
    return deepFreeze(resource.parse(raw));
  } catch (error) {
    throw new KubeError('Invalid', `${doing}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function readScale(raw: unknown, doing: string): Scale {
  const part = (name: string) => {
    const value = isRecord(raw) ? raw[name] : undefined;
    return isRecord(value) ? value : {};
  };
  const [metadata, spec, status] = [part('metadata'), part('spec'), part('status')];
  const resourceVersion = metadata['resourceVersion'];
  if (typeof resourceVersion !== 'string') throw new KubeError('Unavailable', `${doing}: the answer is no scale`);
  return {
    // The API server leaves out zeros and empty strings.
    replicas: typeof spec['replicas'] === 'number' ? spec['replicas'] : 0,
    statusReplicas: typeof status['replicas'] === 'number' ? status['replicas'] : 0,
    selector: typeof status['selector'] === 'string' ? status['selector'] : '',
    resourceVersion,
  };
}

async function absentAsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasCode(error, 'NotFound')) return undefined;
    throw error;
  }
}
