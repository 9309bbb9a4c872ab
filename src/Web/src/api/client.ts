import { Problem } from './problem';
import { session, type Fetch, type Session } from './session';
import { learnServerTime } from '../time/clock';

export interface Answer<T> {
  data: T;
  /** The strong ETag, quotes included, ready to go back as `If-Match`. */
  etag: string | null;
  status: number;
}

export interface Options {
  body?: unknown;
  ifMatch?: string | undefined;
  ifNoneMatch?: '*' | undefined;
  /** Give the same key again when the same intent is sent again; made anew when left out. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A version number of a list's item as the ETag of its own resource. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** A random key; `crypto.randomUUID` is missing on pages that are not secure, `getRandomValues` is not. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Client {
  private readonly session: Pick<Session, 'accessToken' | 'renew'>;
  private readonly fetch: Fetch;

  constructor(who: Pick<Session, 'accessToken' | 'renew'>, fetcher: Fetch) {
    this.session = who;
    this.fetch = fetcher;
  }

  async request<T>(method: Method, path: string, options: Options = {}): Promise<Answer<T>> {
    const response = await this.ask(method, path, options);
    const text = await response.text();
    const data = (text === '' ? undefined : JSON.parse(text)) as T;
    return { data, etag: response.headers.get('ETag'), status: response.status };
  }

  /** All of it, in memory or where the browser keeps such. */
  async file(path: string): Promise<Blob> {
    return (await this.ask('GET', path, {})).blob();
  }

  private async ask(method: Method, path: string, options: Options): Promise<Response> {
    const headers = new Headers({ Accept: 'application/json' });
    if (options.body !== undefined) headers.set('Content-Type', 'application/json');
    if (options.ifMatch !== undefined) headers.set('If-Match', options.ifMatch);
    if (options.ifNoneMatch !== undefined) headers.set('If-None-Match', options.ifNoneMatch);
    if (method === 'POST') headers.set('Idempotency-Key', options.idempotencyKey ?? newKey());

    const token = await this.session.accessToken();
    let response = await this.send(method, path, headers, token, options);
    if (response.status === 401 && token !== null) {
      const renewed = await this.session.renew(token);
      if (renewed !== null) response = await this.send(method, path, headers, renewed, options);
    }
    if (!response.ok) throw await Problem.of(response);
    return response;
  }

  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return (await this.request<T>('GET', path, { signal })).data;
  }

  async post<T>(path: string, body?: unknown, options: Omit<Options, 'body'> = {}): Promise<T> {
    return (await this.request<T>('POST', path, { ...options, body })).data;
  }

  private async send(method: Method, path: string, headers: Headers, token: string | null, options: Options): Promise<Response> {
    if (token !== null) headers.set('Authorization', `Bearer ${token}`);
    try {
      const response = await this.fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        body: options.body === undefined ? null : JSON.stringify(options.body),
        signal: options.signal ?? null,
      });
      learnServerTime(response.headers.get('Date'), Date.now());
      return response;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw Problem.unreachable();
    }
  }
}

export const api = new Client(session, (input, init) => fetch(input, init));
