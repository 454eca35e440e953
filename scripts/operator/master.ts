/**
 * The master user, for the one moment in which the roles are made: either a fresh password that nobody keeps, or the secret that RDS manages.
 * The password is returned to the caller and goes nowhere else: no file, no log, no error.
 */
import { randomBytes } from "node:crypto";
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, type RDSClient } from "@aws-sdk/client-rds";
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

export interface Master {
  user: string;
  password: string;
}

export interface MasterPorts {
  rds: RDSClient;
  secrets: SecretsManagerClient;
  sleep(ms: number): Promise<void>;
  now(): number;
}

const LOOK_MS = 5000;
const PATIENCE_MS = 10 * 60_000;

interface Instance {
  user: string;
  status: string;
  /** ARN of the secret that RDS manages; null: none. */
  secret: string | null;
  /** A password that was set and does not hold yet. */
  pending: boolean;
}

async function describe(rds: RDSClient, databaseId: string): Promise<Instance> {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: databaseId }));
  const found = DBInstances?.[0];
  if (!found?.MasterUsername) throw new Error(`RDS does not tell the master user of ${databaseId}`);
  return {
    user: found.MasterUsername,
    status: found.DBInstanceStatus ?? "unknown",
    secret: found.MasterUserSecret?.SecretArn ?? null,
    pending: found.PendingModifiedValues?.MasterUserPassword !== undefined,
  };
}

/** Reads the secret that RDS keeps for this instance (`--managed-secret`). */
export async function managedMaster({ rds, secrets }: MasterPorts, databaseId: string): Promise<Master> {
  const { user, secret } = await describe(rds, databaseId);
  if (secret === null) throw new Error(`RDS manages no secret for ${databaseId}: run this without --managed-secret`);
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secret }));
  const value: unknown = parsed(SecretString ?? "");
  if (typeof value !== "object" || value === null || !("password" in value) || typeof value.password !== "string")
    throw new Error(`the secret of ${databaseId} does not hold what RDS writes into it`);
  return { user: "username" in value && typeof value.username === "string" ? value.username : user, password: value.password };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own error would hold a piece of the secret.
    return undefined;
  }
}

/** Sets a new random password and waits until RDS has carried that out. RDS takes any printable ASCII but `/`, `"`, `@` and space, 8 to 128. */
export async function freshMaster(ports: MasterPorts, databaseId: string): Promise<Master> {
  const { rds, now, sleep } = ports;
  const end = now() + PATIENCE_MS;
  let seen = await available(ports, databaseId, end);
  if (seen.secret !== null) throw new Error(`RDS manages the master password of ${databaseId} in a secret: run this with --managed-secret`);
  const password = randomBytes(30).toString("base64url");
  await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: databaseId, MasterUserPassword: password, ApplyImmediately: true }));
  // RDS shows `resetting-master-credentials` only after a while; who logs in too early is refused and tries again.
  await sleep(LOOK_MS);
  seen = await available(ports, databaseId, end);
  return { user: seen.user, password };
}

async function available({ rds, now, sleep }: MasterPorts, databaseId: string, end: number): Promise<Instance> {
  for (;;) {
    const seen = await describe(rds, databaseId);
    if (seen.status === "available" && !seen.pending) return seen;
    if (now() >= end) throw new Error(`${databaseId} is "${seen.status}" and does not become available; a master password can be set only then`);
    await sleep(LOOK_MS);
  }
}
