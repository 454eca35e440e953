/** A `StateWrite` as the parameters of DynamoDB's UpdateItem. Pure. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Condition, StateWrite } from "../lifecycle/writes.ts";

export interface UpdateParameters {
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, AttributeValue> | undefined;
}

/** Every attribute goes by a placeholder, so that no name is a reserved word and no id is read as a path. */
export function updateParameters(write: StateWrite, key: string): UpdateParameters {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const nameOf = new Map<string, string>();
  const name = (path: string): string =>
    path
      .split(".")
      .map((part) => {
        const known = nameOf.get(part) ?? `#n${nameOf.size}`;
        nameOf.set(part, known);
        names[known] = part;
        return known;
      })
      .join(".");
  const value = (given: unknown): string => {
    const placeholder = `:v${Object.keys(values).length}`;
    values[placeholder] = given;
    return placeholder;
  };
  const sets = Object.entries(write.set)
    .filter(([path]) => path !== key)
    .map(([path, given]) => `${name(path)} = ${value(given)}`);
  const adds = Object.entries(write.add ?? {}).map(([path, amount]) => `${name(path)} ${value(amount)}`);
  const removes = (write.remove ?? []).map(name);
  const clauses = [
    sets.length > 0 ? `SET ${sets.join(", ")}` : "",
    adds.length > 0 ? `ADD ${adds.join(", ")}` : "",
    removes.length > 0 ? `REMOVE ${removes.join(", ")}` : "",
  ];
  const conditions = write.when.map((condition) => conditionText(condition, name, value));
  return {
    UpdateExpression: clauses.filter((clause) => clause !== "").join(" "),
    ConditionExpression: conditions.join(" AND "),
    ExpressionAttributeNames: names,
    // DynamoDB refuses an empty map here, and takes none.
    ExpressionAttributeValues: Object.keys(values).length > 0 ? marshall(values, { removeUndefinedValues: true }) : undefined,
  };
}

function conditionText(condition: Condition, name: (path: string) => string, value: (given: unknown) => string): string {
  const path = name(condition.path);
  switch (condition.is) {
    case "equals":
      return `${path} = ${value(condition.value)}`;
    case "present":
      return `attribute_exists(${path})`;
    case "absent":
      return `attribute_not_exists(${path})`;
    case "older-than":
      return `(attribute_not_exists(${path}) OR attribute_type(${path}, ${value("NULL")}) OR ${path} < ${value(condition.value)})`;
    case "later-than":
      return `${path} > ${value(condition.value)}`;
    case "smaller-than":
      return `size(${path}) < ${value(condition.value)}`;
  }
}
