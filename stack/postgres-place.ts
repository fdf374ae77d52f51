// Where the data live and as whom the server runs. Postgres refuses root, and an unprivileged user can't enter /root: for
// root, binaries and data go below /var/lib/taskloom, and the data folder asked for is a link to them.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Identity } from './guarded-server.js';
import { copyBinaries, findPostgresPackage } from './postgres-binaries.js';

export interface PostgresPlace {
  binaries: string;
  /** The real folder, as the server is told it. */
  data: string;
  runAs?: Identity;
  /** Everything to remove for the data to be gone. */
  remains: string[];
}

const rootHome = '/var/lib/taskloom';
const serverUsers = ['postgres', 'nobody'];

export function placeFor(dataDir: string): PostgresPlace {
  const asked = resolve(dataDir);
  const found = findPostgresPackage();
  mkdirSync(dirname(asked), { recursive: true });
  const here = lstatSync(asked, { throwIfNoEntry: false });
  if (process.getuid?.() !== 0) {
    refuseForeign(asked, here?.isSymbolicLink() ?? false, here?.uid);
    return { binaries: found.native, data: asked, remains: [asked] };
  }
  const binaries = copyBinaries(found, rootHome);
  // A folder that a normal user's run has made stays that user's.
  if (here?.isDirectory() && here.uid !== 0) {
    return { binaries, data: asked, runAs: { uid: here.uid, gid: here.gid }, remains: [asked] };
  }
  const runAs = serverUser();
  const home = homeOf(asked);
  mkdirSync(home, { recursive: true });
  chmodSync(home, 0o700);
  chownSync(home, runAs.uid, runAs.gid);
  writeFileSync(join(home, 'made-for'), `${asked}\n`);
  const data = join(home, 'data');
  link(asked, data);
  return { binaries, data, runAs, remains: [asked, home] };
}

/** The home that the link leads to, or a new one. */
function homeOf(asked: string): string {
  const own = join(rootHome, createHash('sha256').update(asked).digest('hex').slice(0, 16));
  const here = lstatSync(asked, { throwIfNoEntry: false });
  if (!here) {
    setAside(own);
    return own;
  }
  if (!here.isSymbolicLink()) {
    throw new Error(
      `Postgres: ${asked} is root's own folder, which no database server can use. Move it out of the way.`,
    );
  }
  const home = dirname(readlinkSync(asked));
  if (home === own) return own;
  const madeFor = readFileIfAny(join(home, 'made-for'));
  // A moved clone takes its data with it; a copied one must not share them.
  if (madeFor !== undefined && !existsSync(madeFor)) return home;
  throw new Error(
    `Postgres: ${asked} is a link to the data of another clone (${madeFor ?? home}). Two servers can't share them: ` +
      `remove the link, and the other contents of ${dirname(asked)} that belong to these data, to start empty.`,
  );
}

/** Without its link a home is what somebody's removal of the data folder left over. Kept once, in case it was a mistake. */
function setAside(home: string): void {
  if (!existsSync(join(home, 'data'))) return;
  rmSync(join(home, 'removed'), { recursive: true, force: true });
  renameSync(join(home, 'data'), join(home, 'removed'));
}

function link(from: string, to: string): void {
  const here = lstatSync(from, { throwIfNoEntry: false });
  if (here && readlinkSync(from) === to) return;
  if (here) unlinkSync(from);
  symlinkSync(to, from);
}

function serverUser(): Identity {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of serverUsers) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    `Postgres does not run as root, and there is no user named ${serverUsers.join(' or ')} to run it. Start as a normal ` +
      'user, or set DATABASE_URL to a Postgres server of your own.',
  );
}

function refuseForeign(asked: string, isLink: boolean, owner: number | undefined): void {
  if (!isLink && (owner === undefined || owner === process.getuid?.())) return;
  throw new Error(
    `Postgres: the data in ${asked} belong to another user${isLink ? ', root' : ''}, who started here before. Start as ` +
      `that user again, or remove ${dirname(asked)} as that user to start with an empty database.`,
  );
}

function readFileIfAny(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}
