/** Exports of a database's users, kept in memory. */
import type { ExportFormat } from "../../src/exports/request.ts";
import { defaultProfile } from "../../src/finance/profile.ts";
import { newJob } from "../../src/jobs/job.ts";
import { exportKind } from "../../src/work/export.ts";
import type { FinanceDatabase } from "../database/finance.ts";
import { idOf } from "../finance/naive/world.ts";

const NOW = Date.UTC(2026, 10, 21, 12);

/** The file that an export comes to. */
export async function exported(database: FinanceDatabase, user: string, format: ExportFormat, filter: Record<string, string> = {}): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const kind = exportKind({
    database: { asUser: (sub, run) => database.as(sub, run), use: (run) => run(database.db) },
    profiles: { read: async (sub) => defaultProfile(sub) },
    receipts: { list: async () => ({ receipts: [], next: null }) },
    files: {
      async save(_key, _type, all) {
        for await (const part of all) parts.push(part);
        return "v1";
      },
    },
    now: () => NOW,
    statementMs: 5000,
  });
  const job = newJob({ owner: user, id: idOf(9, 9, 9), kind: "export", userId: user, by: "ann", parameters: { format, filter } }, NOW);
  await kind({ job, isLate: () => false, goOn: async () => {} });
  return Buffer.concat(parts);
}
