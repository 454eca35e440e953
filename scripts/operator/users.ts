/** People in Cognito. The first one can't sign up: somebody has to make them. */
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  type CognitoIdentityProviderClient,
  DescribeUserPoolDomainCommand,
} from "@aws-sdk/client-cognito-identity-provider";

export interface NewUser {
  name: string;
  email: string;
  operator: boolean;
}

/** The user pool behind the sign-in pages: `https://PREFIX.auth.REGION.amazoncognito.com`, or a domain of one's own. */
export async function userPoolOf(cognito: CognitoIdentityProviderClient, authUrl: string): Promise<string> {
  const { hostname } = new URL(authUrl);
  const Domain = /^([^.]+)\.auth\.[^.]+\.amazoncognito\.com$/.exec(hostname)?.[1] ?? hostname;
  const { DomainDescription } = await cognito.send(new DescribeUserPoolDomainCommand({ Domain }));
  if (!DomainDescription?.UserPoolId) throw new Error(`Cognito knows no user pool with the domain ${Domain} in this region`);
  return DomainDescription.UserPoolId;
}

/** Makes the user, who gets a first password by e-mail, and puts them into the group `operators`. One that is there already is left as they are. Returns what was done. */
export async function createUser(cognito: CognitoIdentityProviderClient, userPoolId: string, { name, email, operator }: NewUser): Promise<string[]> {
  const done: string[] = [];
  try {
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: userPoolId,
        Username: name,
        UserAttributes: [
          { Name: "email", Value: email },
          { Name: "email_verified", Value: "true" },
        ],
        DesiredDeliveryMediums: ["EMAIL"],
      }),
    );
    done.push(`${name} was made; a first password is on its way to ${email}, good for some days`);
  } catch (error) {
    const failure = error instanceof Error ? error.name : "";
    if (failure === "AliasExistsException") throw new Error(`another user has the address ${email} already`, { cause: error });
    if (failure !== "UsernameExistsException") throw error;
    done.push(`${name} was there already, and stays as they are`);
  }
  if (operator) {
    await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId: userPoolId, Username: name, GroupName: "operators" }));
    done.push(`${name} is in the group operators`);
  }
  return done;
}

/** What is wrong with it, all at once; empty when nothing is. */
export function problemsOf({ name, email }: Pick<NewUser, "name" | "email">): string[] {
  const problems: string[] = [];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) problems.push("--name is the name to sign in with: letters, digits, dots, hyphens, no @");
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) problems.push("--email is the address that the first password goes to");
  return problems;
}
