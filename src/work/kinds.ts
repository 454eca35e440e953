/** Every kind of work that the function `job` does, by the word that a job says it with. */
import { allUsers } from "../database/user-ids.ts";
import type { WhileServing } from "../database/while-serving.ts";
import { OUTSIDE, outsideOf } from "../jobs/forget.ts";
import type { Kind } from "../jobs/ports.ts";
import type { ChangesStore } from "../notifications/changes.ts";
import { type ExportDeps, exportKind } from "./export.ts";
import { type ForgetDeps, forgetKind } from "./forget.ts";
import { type ImportDeps, importKind } from "./import.ts";
import { type MonthlyDeps, monthlyKind } from "./monthly.ts";
import { recapKind } from "./recap.ts";
import { reportKind } from "./report.ts";
import { restoreKind } from "./restore.ts";
import { type SweepDeps, sweepKind } from "./sweep.ts";

export interface WorkDeps extends ExportDeps, Omit<SweepDeps, "parts" | "reports"> {
  changes: Pick<ChangesStore, "read" | "settle" | "raise">;
  importing: Pick<ImportDeps, "imports" | "bytes">;
  /** In the role that lists users. */
  listing: WhileServing;
  /** Parts of work over many users. */
  parts: SweepDeps["parts"] & MonthlyDeps["jobs"] & ForgetDeps["jobs"];
  forget: Pick<ForgetDeps, "refuse" | "stores" | "named" | "last">;
}

export function kindsOfWork(deps: WorkDeps): Record<string, Kind> {
  const report = reportKind(deps);
  return {
    recap: recapKind(deps),
    report,
    export: exportKind(deps),
    import: importKind({ ...deps, ...deps.importing, raise: deps.changes.raise }),
    restore: restoreKind({ ...deps, ...deps.importing, raise: deps.changes.raise }),
    monthly: monthlyKind({ ...deps, users: () => allUsers(deps.listing), jobs: deps.parts, make: report }),
    sweep: sweepKind({ ...deps, reports: { jobs: deps.parts, make: report } }),
    forget: forgetKind({
      ...deps.forget,
      jobs: deps.parts,
      outside: async (jobId) => {
        const note = await deps.parts.read(outsideOf(jobId), OUTSIDE);
        return note === null ? null : String(note.result);
      },
      now: deps.now,
    }),
  };
}
