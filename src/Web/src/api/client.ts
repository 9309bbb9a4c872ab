import createClient from 'openapi-fetch';
import type { paths } from './openapi';
import { Problem } from './problem';
import { session, type Session } from './session';
import { learnServerTime } from '../time/clock';

export interface Answer<T> {
  data: T;
  /** The strong ETag, quotes included, ready to go back as `If-Match`. */
  etag: string | null;
}

/** A version number of a list's item as the ETag of its own resource. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** What was seen, for a change of it; with `new`, for what was not there, that it still is not. */
export function matching(etag: string | null | undefined, without?: 'new'): { 'If-Match'?: string; 'If-None-Match'?: string } {
  return etag ? { 'If-Match': etag } : without ? { 'If-None-Match': '*' } : {};
}

/** A random key; `crypto.randomUUID` is missing on pages that are not secure, `getRandomValues` is not. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The one way to the server: its own description made into calls (`api.GET('/v1/lessons/{id}', …)`), so that a path, a parameter or a body that it does
 * not have does not compile. What is not a 2xx is thrown as a `Problem`. A POST has an `Idempotency-Key`; give the same one again for the same intent.
 */
export function clientOf(who: Pick<Session, 'accessToken' | 'renew'>, fetcher: (request: Request) => Promise<Response>, baseUrl = '') {
  async function send(request: Request, token: string | null): Promise<Response> {
    if (token !== null) request.headers.set('Authorization', `Bearer ${token}`);
    try {
      const response = await fetcher(request);
      learnServerTime(response.headers.get('Date'), Date.now());
      return response;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw Problem.unreachable();
    }
  }

  async function carry(request: Request): Promise<Response> {
    if (!request.headers.has('Accept')) request.headers.set('Accept', 'application/json');
    if (request.method === 'POST' && !request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', newKey());
    const token = await who.accessToken();
    let response = await send(request.clone(), token);
    if (response.status === 401 && token !== null) {
      const renewed = await who.renew(token);
      if (renewed !== null) response = await send(request, renewed);
    }
    if (!response.ok) throw await Problem.of(response);
    return response;
  }

  return {
    ...createClient<paths>({ fetch: carry, baseUrl }),

    /** JSON at an address that the server gave, such as a viewing's: no path of the description. */
    given: async <T>(address: string, signal?: AbortSignal): Promise<T> =>
      (await carry(new Request(baseUrl + address, { signal: signal ?? null }))).json() as Promise<T>,
  };
}

/** What an answer says. Where the caller's type is narrower than the description (types.ts), it is taken at its word. */
export async function told<Raw, T extends Raw = Raw>(asked: Promise<{ data?: Raw }>): Promise<T> {
  return (await asked).data as T;
}

/** With its ETag. */
export async function tagged<Raw, T extends Raw = Raw>(asked: Promise<{ data?: Raw; response: Response }>): Promise<Answer<T>> {
  const { data, response } = await asked;
  return { data: data as T, etag: response.headers.get('ETag') };
}

export const api = clientOf(session, (request) => fetch(request));
