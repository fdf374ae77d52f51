// Seeds a demo project, so that a newcomer has something to claim.
export interface DemoOptions {
  apiUrl: string;
  operatorKey: string;
  dataDir: string;
  say: (line: string) => void;
}

export function seedDemo(_options: DemoOptions): Promise<{ key: string | undefined }> {
  return Promise.resolve({ key: undefined });
}
