/** Where a file that is to be imported lies in the bucket. Pure. */
import { folderOf } from "../receipts/place.ts";

export const IMPORTS = "imports/";

export const importKey = ({ userId, id }: { userId: string; id: string }): string => `${IMPORTS}${folderOf(userId)}/${id}`;
