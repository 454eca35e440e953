/** Who calls: read from the claims that the gateway's JWT authorizer has checked. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { problem } from "./problem.ts";

export interface Caller {
  sub: string;
  /** For people to read ("kept awake by ann"); never a key. */
  username: string;
  /** Member of the group `operators`. */
  operator: boolean;
  /** The request says of itself that nobody waits for it: it neither wakes the database nor keeps it awake. */
  background: boolean;
}

/** The group whose members may stop, hold and force. */
const OPERATORS = "operators";

/**
 * The groups of `cognito:groups` as an HTTP API hands them to a Lambda: the array of the token, printed as `[operators other]`.
 * Names of Cognito groups hold no white space, so splitting at blanks is exact. Anything of another form is no group at all.
 */
export function groupsOf(claim: unknown): string[] {
  if (typeof claim !== "string" || !claim.startsWith("[") || !claim.endsWith("]")) return [];
  return claim
    .slice(1, -1)
    .split(" ")
    .filter((name) => name !== "");
}

/** The claims of an event that passed the JWT authorizer; empty for a public route. */
function claimsOf(event: APIGatewayProxyEventV2): Record<string, unknown> {
  const context = event.requestContext as { authorizer?: { jwt?: { claims?: Record<string, unknown> } } };
  return context.authorizer?.jwt?.claims ?? {};
}

/** True for `Dormouse-Background: ?1` (a structured field boolean, RFC 9651); anything else counts as a person. */
export function isBackground(event: APIGatewayProxyEventV2): boolean {
  for (const [name, value] of Object.entries(event.headers ?? {})) if (name.toLowerCase() === "dormouse-background") return value?.trim() === "?1";
  return false;
}

/** Who calls. Throws the problem `not-signed-in` when no authorizer has vouched for anyone. */
export function callerOf(event: APIGatewayProxyEventV2): Caller {
  const claims = claimsOf(event);
  const sub = claims.sub;
  if (typeof sub !== "string" || sub === "") throw problem("not-signed-in", "This needs an access token that names its user.");
  const username = typeof claims.username === "string" && claims.username !== "" ? claims.username : sub;
  return { sub, username, operator: groupsOf(claims["cognito:groups"]).includes(OPERATORS), background: isBackground(event) };
}

/** The caller, who has to be an operator. Throws `not-signed-in` or `not-allowed`. */
export function operatorOf(event: APIGatewayProxyEventV2): Caller {
  const caller = callerOf(event);
  if (!caller.operator) throw problem("not-allowed", "Only members of the group operators may do this.");
  return caller;
}
