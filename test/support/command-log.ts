// Watches the commands that this process sends to an API: when each was first sent, and when it got its definite answer.

export interface LoggedCommand {
  /** Without the API's address. */
  path: string;
  sentAt: number;
  /** undefined while nothing definite has come back. */
  answer?: { at: number; status: number; body: unknown };
}

export interface CommandLog {
  readonly commands: readonly LoggedCommand[];
  accepted(): number;
  unanswered(sentBefore: number): LoggedCommand[];
  stop(): void;
}

/** Commands are mutations with an Idempotency-Key; one sent again with its key is the same command. */
export function watchCommands(apiUrl: string): CommandLog {
  const original = globalThis.fetch;
  const byKey = new Map<string, LoggedCommand>();
  const commands: LoggedCommand[] = [];
  let accepted = 0;

  function logged(url: string, init: RequestInit | undefined): LoggedCommand | undefined {
    const key = new Headers(init?.headers).get('idempotency-key');
    if (key === null || !url.startsWith(apiUrl)) return undefined;
    const known = byKey.get(key);
    if (known) return known;
    const command: LoggedCommand = { path: url.slice(apiUrl.length), sentAt: performance.now() };
    byKey.set(key, command);
    commands.push(command);
    return command;
  }

  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const command = logged(url, init);
    const response = await original(input, init);
    const { status } = response;
    if (!command || command.answer || status === 202 || status === 429 || status >= 500) return response;
    // An answer whose body breaks off is none: this throws then, as the network does.
    const text = await response.clone().text();
    command.answer = { at: performance.now(), status, body: text === '' ? undefined : JSON.parse(text) };
    if (status < 400) accepted += 1;
    return response;
  };

  return {
    commands,
    accepted: () => accepted,
    unanswered: (sentBefore) => commands.filter(({ answer, sentAt }) => !answer && sentAt < sentBefore),
    stop() {
      globalThis.fetch = original;
    },
  };
}
