/** Signed cursors of a list of one user, inside their transaction. */
import { cursorKey } from "../../database/cursor-key.ts";
import type { Tx } from "../../database/users.ts";
import { type CursorScope, type SignedCursors, signedCursors } from "../page.ts";

export const cursorsOf = async (tx: Tx, scope: CursorScope): Promise<SignedCursors> => signedCursors(await cursorKey(tx), scope);
