/** The key that signs cursors: one for the database, made by its migration. */
import type { Tx } from "./users.ts";

/** By a pool's adapter, which its transactions share: the key is read once for each pool. */
const known = new WeakMap<object, Buffer>();

export async function cursorKey(tx: Tx): Promise<Buffer> {
  const pool = tx.getExecutor().adapter;
  const cached = known.get(pool);
  if (cached !== undefined) return cached;
  const { key } = await tx.selectFrom("cursor_keys").select("key").executeTakeFirstOrThrow();
  known.set(pool, key);
  return key;
}
