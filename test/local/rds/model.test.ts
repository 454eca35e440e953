import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actions, apply, type Command, commands, databaseUp, freshWorld, nextAt, type Request, type World } from "../../../local/rds/model.ts";
import { answers, statuses } from "../../../local/rds/statuses.ts";

const t0 = Date.UTC(2026, 0, 5, 9);
const s = 1000;
const day = 86_400_000;
const id = { DBInstanceIdentifier: "dormouse" };
const start = { action: "StartDBInstance", input: id } as const;
const stop = { action: "StopDBInstance", input: id } as const;
const describeIt = { action: "DescribeDBInstances", input: id } as const;

/** A model with its world kept, for reading a story in order. */
function rds(world: World = freshWorld(t0, { startSeconds: 20, stopSeconds: 8 })) {
  const events: string[] = [];
  const at = <R extends Request>(seconds: number, request: R) => {
    const step = apply(world, t0 + seconds * s, request);
    world = step.world;
    events.push(...step.events.map((e) => `${e.detail.EventID.slice(-4)} ${e.time.slice(11, 19)}`));
    return step.reply;
  };
  const status = (seconds: number) => {
    const reply = at(seconds, describeIt);
    return reply.kind === "answer" ? reply.result.DBInstances[0]?.DBInstanceStatus : reply.kind;
  };
  const instance = (seconds: number) => {
    const reply = at(seconds, describeIt);
    if (reply.kind !== "answer" || !reply.result.DBInstances[0]) throw new Error("described nothing");
    return reply.result.DBInstances[0];
  };
  return {
    at,
    status,
    instance,
    events,
    command: (seconds: number, command: Command, argument?: number | string) => at(seconds, { command, argument }),
    world: () => world,
  };
}

/** A model whose instance became available at second 20. */
function running(options: Parameters<typeof freshWorld>[1] = {}) {
  const model = rds(freshWorld(t0, { startSeconds: 20, stopSeconds: 8, ...options }));
  model.at(0, start);
  expect(model.status(20)).toBe("available");
  model.events.length = 0;
  return model;
}

const code = (expected: string) => expect.objectContaining({ kind: "error", code: expected });

describe("starting and stopping", () => {
  test("a fresh instance is stopped, and restarts by itself seven days later", () => {
    const model = rds();
    expect(model.instance(1)).toMatchObject({ DBInstanceStatus: "stopped", AutomaticRestartTime: new Date(t0 + 7 * day) });
    expect(nextAt(model.world())).toBe(t0 + 7 * day);
  });

  test("a start takes its seconds, then says 0088", () => {
    const model = rds();
    expect(model.at(0, start)).toMatchObject({ kind: "answer", result: { DBInstance: { DBInstanceStatus: "starting" } } });
    expect(model.status(19.9)).toBe("starting");
    expect(model.events).toEqual([]);
    expect(model.status(20)).toBe("available");
    expect(model.events).toEqual(["0088 09:00:20"]);
    expect(model.instance(21).AutomaticRestartTime).toBeUndefined();
  });

  test("a stop takes its seconds, then says 0087, and the seven days run from then", () => {
    const model = running();
    expect(model.at(100, stop)).toMatchObject({ result: { DBInstance: { DBInstanceStatus: "stopping" } } });
    expect(model.status(107.9)).toBe("stopping");
    expect(model.instance(108)).toMatchObject({ DBInstanceStatus: "stopped", AutomaticRestartTime: new Date(t0 + 108 * s + 7 * day) });
    expect(model.events).toEqual(["0087 09:01:48"]);
  });

  test("start is refused unless stopped, stop unless available", () => {
    const model = rds();
    expect(model.at(0, stop)).toEqual(code("InvalidDBInstanceState"));
    model.at(0, start);
    expect(model.at(1, start)).toEqual(code("InvalidDBInstanceState"));
    expect(model.at(1, stop)).toEqual(code("InvalidDBInstanceState"));
    expect(model.at(20, start)).toEqual(code("InvalidDBInstanceState"));
    model.at(21, stop);
    expect(model.at(22, stop)).toEqual(code("InvalidDBInstanceState"));
    expect(model.at(22, start)).toEqual(code("InvalidDBInstanceState"));
    expect(model.at(29, start)).toMatchObject({ kind: "answer" });
  });

  test("an unknown instance is not found, and an unknown parameter is refused", () => {
    const model = rds();
    expect(model.at(0, { action: "StartDBInstance", input: { DBInstanceIdentifier: "other" } })).toMatchObject({ code: "DBInstanceNotFound", httpStatus: 404 });
    expect(model.at(0, { action: "DescribeDBInstances", input: { DBInstanceIdentifier: "other" } })).toMatchObject({ code: "DBInstanceNotFound" });
    expect(model.at(0, { action: "StartDBInstance", input: {} })).toEqual(code("InvalidParameterValue"));
    expect(model.at(0, { action: "DescribeDBInstances", input: { Filters: [] } })).toEqual(code("InvalidParameterCombination"));
  });

  test("AWS starts a stopped instance after seven days, with 0154 at that moment and 0088 when it is up", () => {
    const model = rds();
    expect(model.status(7 * 86_400 - 1)).toBe("stopped");
    expect(model.status(7 * 86_400)).toBe("starting");
    expect(model.status(7 * 86_400 + 20)).toBe("available");
    expect(model.events).toEqual(["0154 09:00:00", "0088 09:00:20"]);
  });

  test("a world that was left alone for a month has lived it at the right times", () => {
    const model = rds();
    expect(model.status(30 * 86_400)).toBe("available");
    expect(model.events.filter((e) => e.startsWith("0001"))).toHaveLength(23);
    expect(model.events.slice(0, 4)).toEqual(["0154 09:00:00", "0088 09:00:20", "0001 03:00:00", "0002 03:00:08"]);
  });
});

describe("backups and maintenance", () => {
  test("a running instance is backed up once a day in its window, a stopped one never", () => {
    const model = running();
    expect(model.status(18 * 3600)).toBe("backing-up");
    expect(databaseUp(model.world())).toBe(true);
    expect(model.at(18 * 3600 + 1, stop)).toEqual(code("InvalidDBInstanceState"));
    expect(model.status(18 * 3600 + 8)).toBe("available");
    expect(model.events).toEqual(["0001 03:00:00", "0002 03:00:08"]);
    model.at(18 * 3600 + 60, stop);
    model.at(18 * 3600 + 120, start);
    expect(model.status(18 * 3600 + 200)).toBe("available");
    model.at(18 * 3600 + 300, stop);
    model.at(3 * 86_400, { tick: true });
    expect(model.events.filter((e) => e.startsWith("0001"))).toHaveLength(1);
  });

  test("an instance that comes up within its window is backed up then", () => {
    const model = rds();
    model.at(18 * 3600 + 600, start);
    model.at(18 * 3600 + 700, { tick: true });
    expect(model.events).toEqual(["0088 03:10:20", "0001 03:10:20", "0002 03:10:28"]);
  });

  test("a window may pass midnight", () => {
    const model = running({ backupWindow: "23:50-00:20" });
    model.at(30 * 3600, { tick: true });
    expect(model.events).toEqual(["0001 23:50:00", "0002 23:50:08"]);
  });

  test("snapshots are listed by type, the newest eight are kept", () => {
    const model = running();
    expect(model.at(30, { action: "StopDBInstance", input: { ...id, DBSnapshotIdentifier: "before-sleep" } })).toMatchObject({ kind: "answer" });
    const list = (input: Record<string, unknown>) => {
      const reply = model.at(60, { action: "DescribeDBSnapshots", input });
      return reply.kind === "answer" ? reply.result.DBSnapshots.map((snapshot) => snapshot.DBSnapshotIdentifier) : reply;
    };
    expect(list(id)).toEqual(["rds:dormouse-2026-01-05-09-00", "before-sleep"]);
    expect(list({ ...id, SnapshotType: "automated" })).toEqual(["rds:dormouse-2026-01-05-09-00"]);
    model.at(60, start);
    expect(model.at(100, { action: "StopDBInstance", input: { ...id, DBSnapshotIdentifier: "before-sleep" } })).toEqual(code("DBSnapshotAlreadyExists"));
    model.at(20 * 86_400, { tick: true });
    expect(model.world().snapshots).toHaveLength(8);
  });

  test("the latest restorable time follows a running instance, and stands while it is down", () => {
    const model = running();
    expect(model.instance(3599).LatestRestorableTime).toEqual(new Date(t0 + 3300 * s));
    model.at(3600, stop);
    expect(model.instance(9000).LatestRestorableTime).toEqual(new Date(t0 + 3600 * s));
  });

  test("maintenance of a stopped instance stays pending until it runs, then is done", () => {
    const model = rds();
    model.command(0, "maintenance");
    const pending = (seconds: number) => model.at(seconds, { action: "DescribePendingMaintenanceActions", input: {} });
    expect(pending(1)).toMatchObject({ result: { PendingMaintenanceActions: [{ PendingMaintenanceActionDetails: [{ Action: "system-update" }] }] } });
    model.at(2, start);
    expect(model.status(22)).toBe("available");
    expect(model.status(30)).toBe("maintenance");
    expect(model.status(50)).toBe("available");
    expect(pending(51)).toMatchObject({ result: { PendingMaintenanceActions: [] } });
  });

  test("pending maintenance is found by the instance's name or ARN, and by no other", () => {
    const model = rds();
    model.command(0, "maintenance");
    const found = (input: Record<string, unknown>) => {
      const reply = model.at(1, { action: "DescribePendingMaintenanceActions", input });
      return reply.kind === "answer" ? reply.result.PendingMaintenanceActions.length : reply;
    };
    const named = (...Values: string[]) => ({ Filters: [{ Name: "db-instance-id", Values }] });
    expect([found(named("dormouse")), found(named("other", "dormouse")), found(named("other"))]).toEqual([1, 1, 0]);
    expect(found({ Filters: [{ Name: "db-cluster-id", Values: [] }] })).toEqual(code("InvalidParameterValue"));
    const arn = (name: string) => ({ ResourceIdentifier: `arn:aws:rds:eu-central-1:123456789012:db:${name}` });
    expect(found(arn("dormouse"))).toBe(1);
    expect(found(arn("other"))).toEqual(code("ResourceNotFoundFault"));
    expect(found({ ResourceIdentifier: "dormouse" })).toEqual(code("InvalidParameterValue"));
  });

  test("a backup does not make pending maintenance forgotten", () => {
    const model = rds();
    model.command(0, "maintenance");
    model.at(0, start);
    model.status(20);
    model.command(21, "backup");
    expect(model.status(29)).toBe("available");
    expect(model.status(37)).toBe("maintenance");
  });
});

describe("faults", () => {
  test("without capacity a start is refused until normal", () => {
    const model = rds();
    model.command(0, "no-capacity");
    expect(model.at(1, start)).toEqual(code("InsufficientDBInstanceCapacity"));
    expect(model.status(2)).toBe("stopped");
    model.command(3, "normal");
    expect(model.at(4, start)).toMatchObject({ kind: "answer" });
  });

  test("the next calls are throttled, as many as told, and do nothing", () => {
    const model = rds();
    model.command(0, "throttle", 2);
    expect(model.at(1, start)).toEqual(code("Throttling"));
    expect(model.at(1, describeIt)).toEqual(code("Throttling"));
    expect(model.status(1)).toBe("stopped");
  });

  test("a lost reply is not a refusal: the action happens; looks are not lost", () => {
    const model = rds();
    model.command(0, "lose-replies", 1);
    expect(model.status(0)).toBe("stopped");
    expect(model.at(1, start)).toEqual({ kind: "lost" });
    expect(model.status(2)).toBe("starting");
    expect(model.status(21)).toBe("available");
    expect(model.at(22, stop)).toMatchObject({ kind: "answer" });
  });

  test("a stale look shows the status of so many seconds ago, for every change", () => {
    const model = running();
    model.command(21, "stale-status", 5);
    model.at(30, stop);
    expect([30, 34.9, 35, 42.9, 43].map(model.status)).toEqual(["available", "available", "stopping", "stopping", "stopped"]);
    model.at(50, start);
    expect(model.instance(54)).toMatchObject({ DBInstanceStatus: "stopped", AutomaticRestartTime: expect.any(Date) });
    expect(model.status(55)).toBe("starting");
    model.command(56, "normal");
    expect(model.world().history).toHaveLength(1);
  });

  test("events can be dropped, doubled, and late", () => {
    const model = rds();
    model.command(0, "drop-events");
    model.at(0, start);
    model.status(20);
    expect(model.events).toEqual([]);
    model.command(21, "normal");
    model.command(21, "duplicate-events");
    model.command(21, "delay-events", 90);
    model.at(22, stop);
    model.at(119.9, { tick: true });
    expect(model.events).toEqual([]);
    expect(nextAt(model.world())).toBe(t0 + 120 * s);
    model.at(120, { tick: true });
    expect(model.events).toEqual(["0087 09:00:30", "0087 09:00:30"]);
  });

  test("storage-full says 0221 and takes PostgreSQL down; normal brings it back", () => {
    const model = running();
    model.command(30, "storage-full");
    expect(model.events).toEqual(["0221 09:00:30"]);
    expect(databaseUp(model.world())).toBe(false);
    expect(model.at(31, stop)).toEqual(code("InvalidDBInstanceState"));
    model.command(40, "normal");
    expect(model.status(40)).toBe("available");
  });

  test("a status that is put stays, whatever its name, until normal", () => {
    const model = running();
    model.command(30, "status", "starting");
    expect(model.status(3000)).toBe("starting");
    model.command(3000, "status", "quantum-tunnelling");
    expect(model.status(9000)).toBe("quantum-tunnelling");
    model.command(9000, "status", "stopping");
    model.command(9001, "normal");
    expect(model.status(9002)).toBe("stopping");
    expect(model.status(9009)).toBe("stopped");
  });

  test("a forced start, a backup, and someone in the console obey the status", () => {
    const model = rds();
    expect(model.command(0, "stop")).toEqual(code("InvalidDBInstanceState"));
    expect(model.command(0, "backup")).toEqual(code("InvalidDBInstanceState"));
    expect(model.command(0, "forced-start")).toEqual({ kind: "answer", result: { status: "starting" } });
    expect(model.events).toEqual(["0154 09:00:00"]);
    expect(model.command(1, "forced-start")).toEqual(code("InvalidDBInstanceState"));
    expect(model.command(21, "stop")).toEqual({ kind: "answer", result: { status: "stopping" } });
    expect(model.command(30, "start")).toEqual({ kind: "answer", result: { status: "starting" } });
  });

  test.each([
    ["throttle", "many"],
    ["throttle", -1],
    ["lose-replies", 1.5],
    ["stale-status", undefined],
    ["delay-events", 1e9],
    ["status", ""],
    ["status", "No Name"],
    ["fail", 3],
  ] as [Command, string | number | undefined][])("%s refuses the argument %s", (name, argument) => {
    const model = rds();
    expect(model.command(0, name, argument)).toEqual(code("InvalidParameterValue"));
    expect(model.world()).toEqual(freshWorld(t0, { startSeconds: 20, stopSeconds: 8 }));
  });
});

test("an event has EventBridge's shape", () => {
  const world = apply(freshWorld(t0), t0, start).world;
  expect(apply(world, t0 + 20_000, { tick: true }).events).toEqual([
    {
      version: "0",
      id: "00000000-0000-4000-8000-000000000001",
      "detail-type": "RDS DB Instance Event",
      source: "aws.rds",
      account: "123456789012",
      time: "2026-01-05T09:00:20Z",
      region: "eu-central-1",
      resources: ["arn:aws:rds:eu-central-1:123456789012:db:dormouse"],
      detail: {
        EventCategories: ["notification"],
        SourceType: "DB_INSTANCE",
        SourceArn: "arn:aws:rds:eu-central-1:123456789012:db:dormouse",
        Date: "2026-01-05T09:00:20.000Z",
        Message: "DB instance started",
        SourceIdentifier: "dormouse",
        EventID: "RDS-EVENT-0088",
      },
    },
  ]);
});

test("what a command makes due at its very moment begins then: no time lies before the next thing that happens", () => {
  const window = Date.parse("2026-01-06T03:00:00Z");
  const failed = apply(freshWorld(t0), t0, { command: "status", argument: "incompatible-parameters" }).world;
  const again = apply(failed, window, { command: "normal" }).world;
  expect(again.status).toBe("backing-up");
  expect(nextAt(again)).toBeGreaterThan(window);
});

test("PostgreSQL answers in the statuses in which a real instance serves, and in no other", () => {
  for (const status of ["available", "backing-up", "modifying", "maintenance", "storage-optimization", "never-heard-of"]) expect(answers(status)).toBe(true);
  for (const status of ["stopped", "starting", "stopping", "failed", "storage-full", "creating", "rebooting"]) expect(answers(status)).toBe(false);
  expect(new Set(statuses).size).toBe(statuses.length);
});

const anyRequest: fc.Arbitrary<Request> = fc.oneof(
  fc.constantFrom(...actions).map((action): Request => ({ action, input: action.endsWith("s") && action !== "DescribeDBInstances" ? {} : id })),
  fc
    .tuple(fc.constantFrom(...(Object.keys(commands) as Command[])), fc.nat(30), fc.constantFrom(...statuses))
    .map(
      ([command, number, status]): Request => ({ command, argument: command === "status" ? status : commands[command].argument === null ? undefined : number }),
    ),
);
const anyStory = fc.array(fc.tuple(fc.oneof(fc.nat(60), fc.nat(500_000)), anyRequest), { maxLength: 40 });

describe("whatever happens", () => {
  test("the world stays plain JSON, the one before is untouched, and time never stands in its way", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        let world = freshWorld(t0);
        let now = t0;
        for (const [seconds, request] of story) {
          now += seconds * s;
          const before = JSON.stringify(world);
          const step = apply(world, now, request);
          expect(JSON.stringify(world)).toBe(before);
          expect(JSON.parse(JSON.stringify(step.world))).toEqual(step.world);
          world = step.world;
          expect(nextAt(world) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now);
          expect(world.history.at(-1)?.status).toBe(world.status);
          expect(world.history.length).toBeLessThan(40);
        }
      }),
    );
  });

  test("looking often or seldom makes no difference to what happened", () => {
    fc.assert(
      fc.property(anyStory, fc.array(fc.nat(100_000), { maxLength: 20 }), (story, looks) => {
        const run = (ticks: number[]) => {
          let world = freshWorld(t0);
          let now = t0;
          const events: unknown[] = [];
          for (const [seconds, request] of story) {
            const end = now + seconds * s;
            for (const tick of ticks
              .map((t) => now + t)
              .filter((t) => t < end)
              .sort((a, b) => a - b)) {
              const step = apply(world, tick, { tick: true });
              world = step.world;
              events.push(...step.events);
            }
            now = end;
            const step = apply(world, now, request);
            world = step.world;
            events.push(...step.events);
          }
          return { world, events };
        };
        expect(run(looks)).toEqual(run([]));
      }),
    );
  });
});
