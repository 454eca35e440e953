/** The data directory: its format's number, its lock, the keys in it, and the file by which others find the running platform. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Raise it when what lies in the directory can no longer be read by the code. */
export const format = 1;

/** A problem that is told to the person as a sentence, without a stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}

export interface DataDir {
  path: string;
  /** Nothing was in it before. */
  isNew: boolean;
  /** Lets others in; the file system does it too when the process dies. */
  release(): void;
}

const lockFile = "lock";
const versionFile = "version";
const pidFile = "pid";

/**
 * Makes the directory if needed, locks it (waiting for up to `patienceMs`, 0 unless told, blocking), checks its format; with `fresh` empties it.
 * Throws `StartError`: in use, of another format, or not a directory of ours.
 */
export async function openDataDir(given: string, options: { fresh?: boolean; patienceMs?: number } = {}): Promise<DataDir> {
  const path = resolve(given);
  await mkdir(path, { recursive: true });
  const before = await readdir(path);
  const ours = before.length === 0 || before.includes(versionFile) || before.includes(lockFile);
  if (!ours) throw new StartError(`${given} holds files that are not Dormouse's. Name another directory with --data.`);
  const release = lock(path, await readFile(join(path, pidFile), "utf8").catch(() => null), given, options.patienceMs ?? 0);
  try {
    if (options.fresh) {
      for (const name of await readdir(path)) if (!name.startsWith(lockFile)) await rm(join(path, name), { recursive: true, force: true });
    }
    const version = await readFile(join(path, versionFile), "utf8").catch(() => null);
    // A start that was killed before it wrote the version has written nothing else either.
    const isNew = version === null;
    if (!isNew && version.trim() !== String(format)) {
      throw new StartError(
        `${given} has format ${version.trim().slice(0, 20)}, and this Dormouse reads format ${format}. Start it with --fresh to forget what is in it, or name another directory with --data.`,
      );
    }
    await writeFile(join(path, pidFile), `${process.pid}\n`);
    await writeFile(join(path, versionFile), `${format}\n`);
    await mkdir(join(path, "logs"), { recursive: true });
    return { path, isNew, release };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * SQLite's lock on a file is the operating system's own: it ends with the process, however that ends, and can't be held by two.
 * A file with a process id in it can: ids are used again, and two starts may find it stale at the same moment.
 */
function lock(path: string, pid: string | null, given: string, patienceMs: number): () => void {
  const database = new DatabaseSync(join(path, lockFile), { timeout: patienceMs });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch {
    database.close();
    const who = pid === null ? "" : ` (process ${pid.trim()})`;
    throw new StartError(
      `Dormouse already runs on ${given}${who}. Stop it first, or give this one a directory of its own with --data, and a port with --port.`,
    );
  }
  return () => {
    if (database.isOpen) database.close();
  };
}

/** Reads a JSON file of the directory; `fallback` when it is not there. Throws when it is there and broken. */
export async function readJson<T>(file: string, fallback: T): Promise<T> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  return text === null ? fallback : (JSON.parse(text) as T);
}

/** Writes a JSON file so that a crash leaves the old one or the new one, readable by its owner alone. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const next = `${file}.${process.pid}.new`;
  await writeFile(next, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(next, file);
}

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The access key of each name, made once and kept. */
export async function readKeys(path: string, names: string[]): Promise<Record<string, AccessKey>> {
  const file = join(path, "keys.json");
  const keys = await readJson<Record<string, AccessKey>>(file, {});
  const missing = names.filter((name) => !Object.hasOwn(keys, name));
  for (const name of missing) {
    keys[name] = {
      accessKeyId: `AKIA${randomBytes(10).toString("hex").toUpperCase().slice(0, 16)}`,
      secretAccessKey: randomBytes(30).toString("base64url"),
    };
  }
  if (missing.length > 0) await writeJson(file, keys);
  return keys;
}
