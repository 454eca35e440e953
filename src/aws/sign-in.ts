/** Users of the Cognito user pool: here they are only ever taken out of it. */
import { AdminDeleteUserCommand, type CognitoIdentityProviderClient, UserNotFoundException } from "@aws-sdk/client-cognito-identity-provider";

/** By the name that they signed in with. `gone`: there was none of that name. */
export const deleteUser =
  ({ cognito, pool }: { cognito: CognitoIdentityProviderClient; pool: string }) =>
  async (username: string): Promise<"deleted" | "gone"> => {
    try {
      await cognito.send(new AdminDeleteUserCommand({ UserPoolId: pool, Username: username }));
      return "deleted";
    } catch (error) {
      if (error instanceof UserNotFoundException) return "gone";
      throw error;
    }
  };
