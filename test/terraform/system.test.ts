import { beforeAll, describe } from "vitest";
import { type Planned, planned, unavailable } from "./planned.ts";
import { functionsAndEnvironment } from "./system/functions.ts";
import { infrastructure } from "./system/infrastructure.ts";
import { permissions } from "./system/permissions.ts";
import { storage } from "./system/storage.ts";
import { triggers } from "./system/triggers.ts";

const reason = unavailable();
if (reason !== null) console.log(`skipped: what Terraform plans (${reason})`);

describe.skipIf(reason !== null)("the system that Terraform makes of system.json", () => {
  let plan: Planned | undefined;

  beforeAll(async () => {
    plan = (await planned()).get("whole_system");
  }, 600_000);

  const whole = (): Planned => {
    if (!plan) throw new Error("the run whole_system left no state");
    return plan;
  };

  permissions(whole);
  functionsAndEnvironment(whole);
  triggers(whole);
  infrastructure(whole);
  storage(whole);
});
