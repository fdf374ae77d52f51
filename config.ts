// The only reader of process.env: parsed once, handed on as values.
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

const modelProviders = z.record(
  z.string(),
  z.strictObject({ baseUrl: z.url({ protocol: /^https?$/ }), apiKey: z.string().min(1).optional() }),
);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const environment = z.object({
  DATABASE_URL: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(7400),
  TASKLOOM_OPERATOR_KEY: z.string().min(16).optional(),
  TASKLOOM_TASK_QUEUE: z.string().default('taskloom'),
  TASKLOOM_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Tests force continue-as-new with it; unset, the server suggests it. */
  TASKLOOM_CONTINUE_AFTER_EVENTS: z.coerce.number().int().positive().optional(),
  /** Model endpoints by name, as JSON: {"default": {"baseUrl": "https://…/v1", "apiKey": "…"}}. */
  TASKLOOM_MODELS: z
    .string()
    .default('{}')
    .transform((text, context) => {
      const providers = modelProviders.safeParse(jsonOf(text));
      if (providers.success) return providers.data;
      context.addIssue('TASKLOOM_MODELS is no JSON object of {"name": {"baseUrl", "apiKey"}}');
      return z.NEVER;
    }),
  /** Hosts that code nodes may call, by comma. */
  TASKLOOM_CALL_HOSTS: z.string().default(''),
  /** Signs the calls of code nodes. */
  TASKLOOM_SIGNING_SECRET: z.string().min(16).optional(),
  /** How many workflows a worker keeps in memory. */
  TASKLOOM_CACHED_WORKFLOWS: z.coerce.number().int().min(0).default(1_000),
});

export interface Config {
  databaseUrl: string | undefined;
  host: string;
  port: number;
  /** May create projects; belongs to who runs the service. */
  operatorKey: string | undefined;
  taskQueue: string;
  logLevel: z.infer<typeof environment>['TASKLOOM_LOG_LEVEL'];
  continueAfterEvents: number | undefined;
  cachedWorkflows: number;
  /** Model endpoints by name. */
  models: z.infer<typeof modelProviders>;
  calls: { hosts: string[]; secret: string | undefined };
  /** From TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_… or a profile; see docs/operations.md. */
  temporal: ClientConnectConfig & { namespace: string };
}

export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const read = environment.parse(env);
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const temporal = loadClientConnectConfig({ overrideEnvVars });
  return {
    databaseUrl: read.DATABASE_URL,
    host: read.HOST,
    port: read.PORT,
    operatorKey: read.TASKLOOM_OPERATOR_KEY,
    taskQueue: read.TASKLOOM_TASK_QUEUE,
    logLevel: read.TASKLOOM_LOG_LEVEL,
    continueAfterEvents: read.TASKLOOM_CONTINUE_AFTER_EVENTS,
    cachedWorkflows: read.TASKLOOM_CACHED_WORKFLOWS,
    models: read.TASKLOOM_MODELS,
    calls: {
      hosts: read.TASKLOOM_CALL_HOSTS.split(',')
        .map((host) => host.trim())
        .filter((host) => host !== ''),
      secret: read.TASKLOOM_SIGNING_SECRET,
    },
    temporal: { ...temporal, namespace: temporal.namespace ?? 'default' },
  };
}

/** For processes that can't do without a database. */
export function requireDatabaseUrl(config: Config): string {
  if (config.databaseUrl === undefined)
    throw new Error('DATABASE_URL is not set: point it at the Postgres of this installation');
  return config.databaseUrl;
}
