// Lets the SDK download the Temporal CLI into a folder: node temporal-download.mjs <folder> <version>. A process of its own,
// because the SDK's runtime can be configured once per process only, and that is not for a download to do.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir, version] = process.argv.slice(2);
const executable = { type: 'cached-download', downloadDir, version: `v${version}` };
const server = await TestWorkflowEnvironment.createLocal({ server: { executable } });
await server.teardown();
