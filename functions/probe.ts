/** Looks inside the database, and tidies it before sleep. Invoked by `reconcile`; answers with a `Look`. */
import { readConfig } from "../src/config.ts";
import { iamPassword } from "../src/database/connect.ts";
import { look, type ProbeOptions } from "../src/database/probe.ts";
import type { Look, ProbeEvent } from "../src/lifecycle/ports.ts";

export const variables = ["DATABASE_ID", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_CA"] as const;

const config = readConfig(process.env, variables);
const endpoint = { host: config.databaseHost, port: config.databasePort, ca: config.databaseCa };

const as = (user: string, database: string) => ({ endpoint, database, user, password: iamPassword(endpoint, user), application: "dormouse-probe" });
const options: ProbeOptions = {
  monitor: as("dormouse_monitor", "postgres"),
  maintenance: as("dormouse_maintenance", config.databaseName),
  now: () => Date.now(),
};

export const handler = async (event: ProbeEvent): Promise<Look> => {
  if (event.databaseId !== config.databaseId) return { answered: false, why: `this probe looks into ${config.databaseId}, not into ${event.databaseId}` };
  return look(options, event.tidySeconds);
};
