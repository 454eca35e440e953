/** Every area of the API: its operations, and the schemas that have a name. */
import type * as z from "zod/mini";
import * as accounts from "./accounts.ts";
import * as budgets from "./budgets.ts";
import * as categories from "./categories.ts";
import * as control from "./control.ts";
import * as expenses from "./expenses.ts";
import * as exports from "./exports.ts";
import * as imports from "./imports.ts";
import * as insights from "./insights.ts";
import * as jobs from "./jobs.ts";
import * as leaving from "./leaving.ts";
import * as me from "./me.ts";
import * as notifications from "./notifications.ts";
import type { Operation } from "./operation.ts";
import * as rates from "./rates.ts";
import * as receipts from "./receipts.ts";
import * as reports from "./reports.ts";
import * as restores from "./restores.ts";
import * as runs from "./runs.ts";
import * as service from "./service.ts";
import * as summary from "./summary.ts";

/** What a module of this folder exports. `requests` and `answers`: schemas by the name that the document, and the client's types, give them. */
export interface Area {
  operations: readonly Operation[];
  requests?: Readonly<Record<string, z.core.$ZodType>>;
  answers?: Readonly<Record<string, z.core.$ZodType>>;
}

const areas: readonly Area[] = [
  control,
  expenses,
  receipts,
  categories,
  accounts,
  rates,
  budgets,
  summary,
  insights,
  reports,
  imports,
  exports,
  restores,
  jobs,
  runs,
  notifications,
  me,
  leaving,
  service,
];

export const operations: readonly Operation[] = areas.flatMap((area) => area.operations);

function merged(side: "requests" | "answers"): Record<string, z.core.$ZodType> {
  const all: Record<string, z.core.$ZodType> = {};
  for (const area of areas)
    for (const [name, schema] of Object.entries(area[side] ?? {})) {
      if (Object.hasOwn(all, name)) throw new Error(`two schemas are called ${name}`);
      all[name] = schema;
    }
  return all;
}

export const named = { input: merged("requests"), output: merged("answers") };
