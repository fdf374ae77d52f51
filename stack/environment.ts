// What the user's environment says about the two servers. The empty string counts as not set.
import { loadClientConnectConfig } from '@temporalio/envconfig';

export interface StackEnvironment {
  databaseUrl: string | undefined;
  /** From TEMPORAL_ADDRESS or a profile of the standard client environment. */
  temporalAddress: string | undefined;
  namespace: string;
  operatorKey: string | undefined;
  verbose: boolean;
}

const defaultNamespace = 'taskloom';

export function readStackEnv(env: NodeJS.ProcessEnv = process.env): StackEnvironment {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const temporalAddress = connectionOptions.address ?? undefined;
  return {
    databaseUrl: set(env['DATABASE_URL']),
    temporalAddress: set(temporalAddress),
    namespace: set(namespace) ?? defaultNamespace,
    operatorKey: set(env['TASKLOOM_OPERATOR_KEY']),
    verbose: set(env['TASKLOOM_VERBOSE']) !== undefined,
  };
}

function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
