/** As much of the API of Cognito's user pools as is used: a user is deleted. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { arnOf, authenticate, authorize, Denied, type Keyring, userPool } from "../gate.ts";
import { readBody, sendJson } from "../serve.ts";
import { nameProblem } from "./tokens.ts";

const TARGET = "AWSCognitoIdentityProviderService.AdminDeleteUser";

/** Whoever ever signed in here is a user, so that there is none that is not found. */
export async function deleteUserCall(
  keyring: Keyring,
  request: IncomingMessage,
  response: ServerResponse,
  forget: (name: string) => Promise<void>,
): Promise<void> {
  const refuse = (type: string, message: string) => sendJson(response, 400, { __type: type, message }, { "x-amzn-errortype": type });
  const body = (await readBody(request, 64 * 1024)) ?? Buffer.alloc(0);
  try {
    const principal = await authenticate(keyring, { method: request.method ?? "POST", path: request.url ?? "/", headers: request.headers, body });
    if (request.headers["x-amz-target"] !== TARGET) return refuse("UnknownOperationException", "only AdminDeleteUser is simulated");
    authorize(keyring, principal, "cognito-idp:AdminDeleteUser", arnOf("auth:pool"));
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
    return refuse("AccessDeniedException", error.message);
  }
  const { UserPoolId, Username } = JSON.parse(String(body)) as Record<string, unknown>;
  if (UserPoolId !== userPool) return refuse("ResourceNotFoundException", `User pool ${String(UserPoolId)} does not exist.`);
  if (typeof Username !== "string" || nameProblem(Username) !== null) return refuse("UserNotFoundException", "User does not exist.");
  await forget(Username);
  sendJson(response, 200, {}, { "content-type": "application/x-amz-json-1.1" });
}
