import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  DescribePendingMaintenanceActionsCommand,
  InvalidDBInstanceStateFault,
  type RDSClient,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from "@aws-sdk/client-rds";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseArn, type Platform, principal, startPlatform } from "./platform.ts";

const id = { DBInstanceIdentifier: "dormouse" };
const role = (name: string) => `arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-DORMOUSE/${name}`;
const data = principal("data", ["rds-db:connect", role("dormouse_app")]);
const reconcile = principal(
  "reconcile",
  ["rds:DescribeDBInstances", databaseArn],
  ["rds:StopDBInstance", databaseArn],
  ["rds:DescribePendingMaintenanceActions", databaseArn],
);

let platform: Platform;
let client: RDSClient;
beforeAll(async () => {
  platform = await startPlatform({}, [data, reconcile]);
  client = platform.client();
  await platform.rds.withDatabaseUp(async () => {
    const master = platform.master();
    await master.connect();
    await master.query("CREATE ROLE dormouse_app LOGIN; CREATE TABLE notes (text text); GRANT ALL ON notes TO dormouse_app");
    await master.end();
  });
});
afterAll(() => platform?.end());

const status = async () => (await client.send(new DescribeDBInstancesCommand(id))).DBInstances?.[0]?.DBInstanceStatus;

async function become(wanted: string): Promise<void> {
  for (let seen = await status(); seen !== wanted; seen = await status()) await sleep(20);
}

/** Whatever happened before: running, or stopped, without faults. */
async function make(wanted: "available" | "stopped"): Promise<void> {
  await platform.control("normal");
  for (const transient of ["starting", "stopping", "backing-up", "maintenance"]) while ((await status()) === transient) await sleep(20);
  if ((await status()) === wanted) return;
  await platform.control(wanted === "available" ? "start" : "stop");
  await become(wanted);
}

const refused = { code: "ECONNREFUSED" };

describe("the instance and its PostgreSQL", () => {
  test("a fresh instance is stopped, and its endpoint refuses connections", async () => {
    expect(await status()).toBe("stopped");
    await expect(platform.master().connect()).rejects.toMatchObject(refused);
  });

  test("from the moment at which it is available, a real query is answered, and the event comes", async () => {
    await make("stopped");
    platform.events.length = 0;
    const reply = await client.send(new StartDBInstanceCommand(id));
    expect(reply.DBInstance?.DBInstanceStatus).toBe("starting");
    await expect(platform.master().connect()).rejects.toMatchObject(refused);
    await become("available");
    const master = platform.master();
    await master.connect();
    expect((await master.query("SELECT current_user, current_setting('server_version_num')::int / 10000 AS major")).rows).toEqual([
      { current_user: "postgres", major: 18 },
    ]);
    await master.end();
    expect(platform.events.map((event) => event.detail.EventID)).toEqual(["RDS-EVENT-0088"]);
  });

  test("a stop cuts the sessions in PostgreSQL's words, and the endpoint refuses at once", async () => {
    await make("available");
    const master = platform.master();
    await master.connect();
    const cut = master.query("SELECT pg_sleep(30)");
    const outcome = expect(cut).rejects.toThrow(/terminating connection due to administrator command|Connection terminated/);
    await sleep(50);
    await client.send(new StopDBInstanceCommand(id));
    await outcome;
    await expect(platform.master().connect()).rejects.toMatchObject(refused);
    await become("stopped");
  });

  test("what was written before a sleep is there after it", async () => {
    await make("available");
    const before = platform.master();
    await before.connect();
    await before.query("INSERT INTO notes VALUES ('kept')");
    await before.end();
    await make("stopped");
    await make("available");
    const after = platform.master();
    await after.connect();
    expect((await after.query("SELECT text FROM notes WHERE text = 'kept'")).rowCount).toBe(1);
    await after.end();
  });

  test("with the model stopped, the database can be brought up for migrations and is down again afterwards", async () => {
    await make("stopped");
    const answer = await platform.rds.withDatabaseUp(async () => {
      const master = platform.master();
      await master.connect();
      const { rows } = await master.query("SELECT 1 AS one");
      await master.end();
      return rows[0].one;
    });
    expect(answer).toBe(1);
    expect(await status()).toBe("stopped");
    await expect(platform.master().connect()).rejects.toMatchObject(refused);
  });
});

describe("logging in", () => {
  beforeAll(() => make("available"));

  test("an IAM token of the real signer opens the door for the role that may names", async () => {
    const app = await platform.database("dormouse_app", data);
    await app.connect();
    expect((await app.query("SELECT current_user")).rows).toEqual([{ current_user: "dormouse_app" }]);
    await app.end();
  });

  test("a token for a role that may does not name is refused, and the reason is reported", async () => {
    platform.problems.length = 0;
    await expect((await platform.database("dormouse_owner", data)).connect()).rejects.toMatchObject({ code: "28000", message: expect.stringContaining("PAM") });
    expect(platform.problems.join()).toContain("is not authorized to perform: rds-db:connect");
  });

  test("a token of another role, a password that is no token, and a wrong master password are refused", async () => {
    const app = await platform.database("dormouse_app", data);
    const stolen = platform.master({ user: "dormouse_owner", password: String(app.password) });
    await expect(stolen.connect()).rejects.toMatchObject({ code: "28000" });
    await expect(platform.master({ user: "dormouse_app", password: "guess" }).connect()).rejects.toMatchObject({ code: "28000" });
    await expect(platform.master({ user: "rdsadmin", password: platform.rds.postgres.masterPassword }).connect()).rejects.toMatchObject({ code: "28000" });
    await expect(platform.master({ password: "guess" }).connect()).rejects.toMatchObject({ code: "28P01" });
  });

  test("without TLS nobody gets in, and the certificate is one that its authority signed", async () => {
    await expect(platform.master({ ssl: false }).connect()).rejects.toThrow("no encryption");
    await expect(platform.master({ ssl: { rejectUnauthorized: true } }).connect()).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SIGN/) });
  });

  test("the master user is no superuser, as on RDS", async () => {
    const master = platform.master();
    await master.connect();
    await expect(master.query("COPY (SELECT 1) TO PROGRAM 'true'")).rejects.toThrow("permission denied");
    expect((await master.query("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user")).rows).toEqual([
      { rolsuper: false, rolcreaterole: true },
    ]);
    await master.query("CREATE ROLE dormouse_monitor LOGIN; GRANT pg_monitor TO dormouse_monitor");
    await master.end();
  });

  test("a cancel request reaches the query", async () => {
    const master = platform.master();
    await master.connect();
    const running = expect(master.query("SELECT pg_sleep(30)")).rejects.toThrow("canceling statement due to user request");
    await sleep(50);
    const { processID, secretKey } = master as unknown as { processID: number; secretKey: number };
    const packet = Buffer.alloc(16);
    packet.writeInt32BE(16, 0);
    packet.writeInt32BE(80877102, 4);
    packet.writeInt32BE(processID, 8);
    packet.writeInt32BE(secretKey, 12);
    connect(platform.rds.postgres.port, "127.0.0.1").end(packet);
    await running;
    await master.end();
  });

  test("nonsense on the port harms nobody", async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(platform.rds.postgres.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.on("close", () => resolve());
      socket.write("GET / HTTP/1.1\r\n\r\n");
    });
    const app = await platform.database("dormouse_app", data);
    await app.connect();
    await app.end();
  });
});

describe("calls", () => {
  test("the gate refuses what may does not name, as AccessDenied", async () => {
    const limited = platform.client(reconcile);
    await expect(limited.send(new DescribeDBInstancesCommand(id))).resolves.toMatchObject({ DBInstances: [{ DBInstanceIdentifier: "dormouse" }] });
    await expect(limited.send(new StartDBInstanceCommand(id))).rejects.toMatchObject({
      name: "AccessDenied",
      $metadata: { httpStatusCode: 403 },
      message: expect.stringContaining(
        `assumed-role/dormouse-reconcile/dormouse-reconcile is not authorized to perform: rds:StartDBInstance on resource: ${databaseArn}`,
      ),
    });
    await expect(limited.send(new DescribeDBSnapshotsCommand(id))).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(limited.send(new DescribeDBInstancesCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
    // A filter names no resource: AWS checks such a call on all of them.
    const filtered = new DescribePendingMaintenanceActionsCommand({ Filters: [{ Name: "db-instance-id", Values: ["dormouse"] }] });
    await expect(limited.send(filtered)).rejects.toMatchObject({ name: "AccessDenied" });
    await limited.send(new DescribePendingMaintenanceActionsCommand({ ResourceIdentifier: databaseArn }));
  });

  test("an unknown key and a wrong secret are refused", async () => {
    await expect(platform.client(principal("nobody")).send(new DescribeDBInstancesCommand(id))).rejects.toMatchObject({ name: "InvalidClientTokenId" });
    await expect(platform.client({ ...reconcile, secretAccessKey: "wrong" }).send(new DescribeDBInstancesCommand(id))).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
    });
  });

  test("a lost reply: the call fails, the start happens", async () => {
    await make("stopped");
    await platform.control("lose-replies", 1);
    await expect(client.send(new StartDBInstanceCommand(id))).rejects.toMatchObject({ code: "ECONNRESET" });
    await become("available");
  });

  test("an error is the SDK's own class, and throttling is one that the SDK would retry", async () => {
    await make("stopped");
    await expect(client.send(new StopDBInstanceCommand(id))).rejects.toBeInstanceOf(InvalidDBInstanceStateFault);
    await platform.control("throttle", 1);
    await expect(client.send(new DescribeDBInstancesCommand(id))).rejects.toMatchObject({ name: "Throttling", message: "Rate exceeded" });
    await expect(client.send(new DescribeDBInstancesCommand(id))).resolves.toBeDefined();
  });
});

describe("the control endpoint", () => {
  test("does what it is told, and lists the commands for a wrong one", async () => {
    await make("stopped");
    expect(await platform.control("forced-start")).toEqual({ status: 200, body: { command: "forced-start", status: "starting" } });
    expect(await platform.control("forced-start")).toEqual({ status: 409, body: { message: "Instance dormouse is starting, not stopped." } });
    expect(await platform.control("explode")).toEqual({ status: 400, body: { message: expect.stringContaining("lose-replies") } });
    expect(await platform.control("throttle", "many")).toEqual({ status: 400, body: { message: "throttle wants a whole number, 0 or more." } });
  });

  test("wants the operator's key, a POST, and JSON", async () => {
    const ask = (init: RequestInit) => fetch(platform.rds.controlUrl, init).then((response) => response.status);
    const bearer = { authorization: "Bearer operator-secret" };
    expect(await ask({ method: "POST", body: "{}" })).toBe(401);
    expect(await ask({ headers: bearer })).toBe(405);
    expect(await ask({ method: "POST", headers: bearer, body: "{" })).toBe(400);
    expect(await ask({ method: "POST", headers: bearer, body: "null" })).toBe(400);
  });
});

describe("a restart of the platform", () => {
  test("goes on where it was: faults, port and password stay, and a database that was up comes up again", async () => {
    await make("available");
    await platform.control("stale-status", 5);
    const before = platform.rds.postgres;
    await platform.restart();
    client = platform.client();
    expect(platform.rds.postgres).toEqual(before);
    expect(await status()).toBe("available");
    const master = platform.master();
    await master.connect();
    await master.end();
    expect(JSON.parse(readFileSync(join(platform.dir, "rds", "world.json"), "utf8")).faults.staleMs).toBe(5000);
    await platform.control("normal");
  });

  test("PostgreSQL that was killed while it served is started again, with what was committed", async () => {
    await make("available");
    const master = platform.master();
    await master.connect();
    await master.query("INSERT INTO notes VALUES ('survivor')");
    const pid = Number(readFileSync(join(platform.dir, "postgres", "postmaster.pid"), "utf8").split("\n")[0]);
    const ended = new Promise((resolve) => master.once("end", resolve));
    process.kill(pid, "SIGKILL");
    await ended;
    let found: number | null = null;
    while (found === null) {
      const again = platform.master();
      found = await again.connect().then(
        async () => (await again.query("SELECT 1 FROM notes WHERE text = 'survivor'")).rowCount,
        () => null,
      );
      await again.end().catch(() => {});
    }
    expect(found).toBe(1);
  });
});
