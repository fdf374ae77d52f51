// HTTP as a client of the API does it.

export interface Reply<T = Record<string, unknown>> {
  status: number;
  body: T;
  headers: Headers;
}

export interface Caller {
  get<T = Record<string, unknown>>(path: string): Promise<Reply<T>>;
  post<T = Record<string, unknown>>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply<T>>;
  put<T = Record<string, unknown>>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply<T>>;
  send<T = Record<string, unknown>>(method: string, path: string, init?: RequestInit): Promise<Reply<T>>;
}

export function caller(apiUrl: string | (() => string), key: string | undefined): Caller {
  const base = (): string => (typeof apiUrl === 'string' ? apiUrl : apiUrl());
  async function send<T>(method: string, path: string, init: RequestInit = {}): Promise<Reply<T>> {
    const headers = new Headers(init.headers);
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
    const response = await fetch(`${base()}/v1${path}`, { ...init, method, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as T };
  }
  const withJson =
    (method: string) =>
    <T>(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Reply<T>> =>
      send<T>(method, path, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      });
  return { get: (path) => send('GET', path), post: withJson('POST'), put: withJson('PUT'), send };
}
