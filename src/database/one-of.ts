import { sql } from "kysely";

/**
 * Of a table with the key (user_id, id): the rows of a user that are one of these, of which there is at least one. The range keeps PostgreSQL to the primary
 * key when it thinks that the user has next to none, as it does until the table is analysed after a large import: by any other index it would read all that
 * they have for each batch.
 */
export const oneOf = (user: string, table: string, ids: readonly string[]) => {
  const sorted = ids.toSorted();
  return sql`${sql.ref(`${table}.user_id`)} = ${user} and ${sql.ref(`${table}.id`)} between ${sorted.at(0)}::uuid and ${sorted.at(-1)}::uuid
    and ${sql.ref(`${table}.id`)} = any(${sorted}::uuid[])`;
};
