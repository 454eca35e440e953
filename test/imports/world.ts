/** Imports over a real database, with the items and the files in memory; whoever works may be killed at any await. */
import { defaultProfile, type Profile } from "../../src/finance/profile.ts";
import { uuid7 } from "../../src/finance/uuid7.ts";
import { ask, askedOf, type Import, newImport, type Step, settle } from "../../src/imports/import.ts";
import type { SaidOfFile } from "../../src/imports/read.ts";
import type { Format } from "../../src/imports/words.ts";
import { newJob } from "../../src/jobs/job.ts";
import type { Work } from "../../src/jobs/ports.ts";
import { type ImportDeps, importKind } from "../../src/work/import.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";

export const NOW = Date.UTC(2026, 10, 21, 12);
/** Before the n-th await from the first, or after its effect. */
export interface Kill {
  at: number;
  when: "before" | "after";
}
export class Killed extends Error {
  override readonly name = "Killed";
}

let ids = 0;
export const newId = () => uuid7(NOW, new Uint8Array([0, 0, 0, 0, 0, 0, ++ids >> 24, (ids >> 16) & 255, (ids >> 8) & 255, ids & 255]));

export async function startWorld() {
  const finance: FinanceDatabase = await startFinance();
  const items = new Map<string, Import>();
  const files = new Map<string, Uint8Array>();
  const raised: string[] = [];

  async function account(user: string, name: string, type = "asset", currency = "EUR"): Promise<string> {
    const id = newId();
    await finance.ask("insert into users (id) values ($1) on conflict do nothing", [user]);
    await finance.ask("insert into accounts (user_id, id, name, type, currency) values ($1, $2, $3, $4, $5)", [user, id, name, type, currency]);
    return id;
  }

  /** An import whose file has been uploaded. */
  function upload(user: string, accountId: string, file: string | Uint8Array, format: Format = "csv", said: SaidOfFile = {}): string {
    const one = newImport({ userId: user, id: newId(), format, accountId, said, requestHash: null }, NOW);
    items.set(one.id, one);
    files.set(one.id, typeof file === "string" ? new TextEncoder().encode(file) : file);
    return one.id;
  }
  const item = (id: string): Import => {
    const found = items.get(id);
    if (found === undefined) throw new Error("there is no such import");
    return found;
  };

  function dying(kill: Kill | null) {
    let n = 0;
    return async <T>(run: () => Promise<T>): Promise<T> => {
      const dies = kill !== null && ++n === kill.at;
      if (dies && kill.when === "before") throw new Killed("before");
      const done = await run();
      if (dies) throw new Killed("after");
      return done;
    };
  }

  function deps(kill: Kill | null, profile: Partial<Profile>, batchRows?: number): { deps: ImportDeps; dying: ReturnType<typeof dying> } {
    const mayDie = dying(kill);
    return {
      dying: mayDie,
      deps: {
        database: { asUser: (sub, run) => mayDie(() => finance.as(sub, run)), use: (run) => mayDie(() => run(finance.db)) },
        profiles: { read: async (sub) => ({ ...defaultProfile(sub), email: null, ...profile }) },
        imports: {
          write: ({ id }, { set, when }) =>
            mayDie(async () => {
              const one = item(id);
              const holds = when.every((condition) => condition.is === "equals" && Reflect.get(one, condition.path) === condition.value);
              if (holds) items.set(id, { ...one, ...set });
              return holds;
            }),
        },
        bytes: ({ id }) =>
          mayDie(async () => {
            const bytes = files.get(id);
            if (bytes === undefined) return null;
            return (async function* () {
              for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000);
            })();
          }),
        raise: (sub) => mayDie(async () => void raised.push(sub)),
        now: () => NOW,
        newId,
        ...(batchRows === undefined ? {} : { batchRows }),
      },
    };
  }

  /** Asks for a step, as the routes do. */
  function asking(id: string, step: Step, said: SaidOfFile = item(id).said): Import {
    const { next } = ask(item(id), step, newId(), { said, versionId: "v1", size: 1 }, NOW);
    items.set(id, next);
    return next;
  }

  /** One go of a step's job; "killed" where it died, else what came of it. */
  async function go(one: Import, step: Step, { kill = null, profile = {}, late = () => false, batchRows }: Go = {}): Promise<unknown> {
    const made = deps(kill, profile, batchRows);
    const work: Work = {
      job: newJob({ owner: one.userId, id: one.jobId ?? "", kind: "import", userId: one.userId, by: "ann", parameters: { ...askedOf(one, step) } }, NOW),
      isLate: late,
      goOn: () => made.dying(async () => {}),
    };
    try {
      return await importKind(made.deps)(work);
    } catch (error) {
      if (error instanceof Killed) return "killed";
      throw error;
    }
  }

  /** A step from its asking to its end. */
  async function step(id: string, what: Step, options: Go & { said?: SaidOfFile } = {}): Promise<Import> {
    const one = asking(id, what, options.said);
    await go(one, what, options);
    return item(id);
  }

  const bring = async (user: string, accountId: string, file: string | Uint8Array, format: Format = "csv", options: Go = {}): Promise<Import> => {
    const id = upload(user, accountId, file, format);
    await step(id, "check", options);
    return step(id, "commit", options);
  };

  /** What a user has, a line each: `2026-10-31 -12.50 EUR expense Café`, with cents. */
  async function entries(user: string, accountId?: string): Promise<string[]> {
    const rows = await finance.ask(
      `select occurred_on::text || ' ' || amount_minor || ' ' || currency || ' ' || kind || ' ' || merchant as line from expenses
       where user_id = $1 and ($2::uuid is null or account_id = $2) order by occurred_on, amount_minor, merchant, kind`,
      [user, accountId ?? null],
    );
    return rows.map(({ line }) => String(line));
  }

  return { finance, items, raised, account, upload, item, asking, go, step, bring, entries, settle };
}

export interface Go {
  kill?: Kill | null;
  profile?: Partial<Profile>;
  late?: () => boolean;
  batchRows?: number;
}

export type World = Awaited<ReturnType<typeof startWorld>>;
