/** What the function `inspect` is told: by EventBridge that an object was created, or by the routes to look again. Pure. */
import { type Owned, uploadKey } from "./place.ts";

/** An upload to look at; the newest version where none is named. */
export interface Look {
  key: string;
  versionId: string | null;
}

/** What the routes send. */
export interface OwnEvent {
  v: 1;
  look: Owned;
}

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

/** null: an event of a form that nobody here knows; it is not to be tried again. */
export function lookOf(event: unknown): Look | null {
  if (member(event, "source") === "aws.s3") {
    const object = member(member(event, "detail"), "object");
    const [key, versionId] = [member(object, "key"), member(object, "version-id")];
    return typeof key === "string" && typeof versionId === "string" ? { key, versionId } : null;
  }
  const look = member(event, "v") === 1 ? member(event, "look") : undefined;
  const [userId, id] = [member(look, "userId"), member(look, "id")];
  return typeof userId === "string" && userId !== "" && typeof id === "string" ? { key: uploadKey({ userId, id }), versionId: null } : null;
}
