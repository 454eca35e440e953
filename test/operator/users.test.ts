import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  CognitoIdentityProviderClient,
  DescribeUserPoolDomainCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, describe, expect, it } from "vitest";
import { createUser, problemsOf, userPoolOf } from "../../scripts/operator/users.ts";

const cognito = mockClient(CognitoIdentityProviderClient);
afterEach(() => cognito.reset());
const client = () => new CognitoIdentityProviderClient({ region: "eu-central-1" });
const ann = { name: "ann", email: "ann@example.com", operator: false };
const refuses = (name: string) => cognito.on(AdminCreateUserCommand).rejects(Object.assign(new Error("no"), { name }));

describe("the user pool", () => {
  it.each([
    ["https://budget-1a2b.auth.eu-central-1.amazoncognito.com", "budget-1a2b"],
    ["https://login.example.com/", "login.example.com"],
  ])("behind %s is found by the domain %s", async (url, domain) => {
    cognito.on(DescribeUserPoolDomainCommand).resolves({ DomainDescription: { UserPoolId: "eu-central-1_X" } });
    expect(await userPoolOf(client(), url)).toBe("eu-central-1_X");
    expect(cognito.commandCalls(DescribeUserPoolDomainCommand)[0]?.args[0].input).toEqual({ Domain: domain });
  });

  it("that is not in this region is said so: Cognito answers with nothing", async () => {
    cognito.on(DescribeUserPoolDomainCommand).resolves({ DomainDescription: {} });
    await expect(userPoolOf(client(), "https://x.auth.eu-central-1.amazoncognito.com")).rejects.toThrow("no user pool with the domain x");
  });
});

describe("a new user", () => {
  it("is made with a verified address, to which the first password goes, and is no operator", async () => {
    cognito.on(AdminCreateUserCommand).resolves({});
    expect(await createUser(client(), "pool", ann)).toHaveLength(1);
    expect(cognito.commandCalls(AdminCreateUserCommand)[0]?.args[0].input).toEqual({
      UserPoolId: "pool",
      Username: "ann",
      UserAttributes: [
        { Name: "email", Value: "ann@example.com" },
        { Name: "email_verified", Value: "true" },
      ],
      DesiredDeliveryMediums: ["EMAIL"],
    });
    expect(cognito.commandCalls(AdminAddUserToGroupCommand)).toHaveLength(0);
  });

  it("is put into the group operators when told to", async () => {
    cognito.on(AdminCreateUserCommand).resolves({});
    cognito.on(AdminAddUserToGroupCommand).resolves({});
    expect((await createUser(client(), "pool", { ...ann, operator: true })).join()).toContain("operators");
    expect(cognito.commandCalls(AdminAddUserToGroupCommand)[0]?.args[0].input).toEqual({ UserPoolId: "pool", Username: "ann", GroupName: "operators" });
  });

  it("who is there already stays as they are, and still becomes an operator: a run that broke off is finished by the next", async () => {
    refuses("UsernameExistsException");
    cognito.on(AdminAddUserToGroupCommand).resolves({});
    expect(await createUser(client(), "pool", { ...ann, operator: true })).toEqual([
      "ann was there already, and stays as they are",
      "ann is in the group operators",
    ]);
  });

  it("with somebody else's address is refused, and put into no group", async () => {
    refuses("AliasExistsException");
    await expect(createUser(client(), "pool", { ...ann, operator: true })).rejects.toThrow("another user has the address ann@example.com");
    expect(cognito.commandCalls(AdminAddUserToGroupCommand)).toHaveLength(0);
  });

  it("fails with Cognito's own error otherwise", async () => {
    refuses("NotAuthorizedException");
    await expect(createUser(client(), "pool", ann)).rejects.toMatchObject({ name: "NotAuthorizedException" });
  });

  it("has a name to sign in with that is no address, and an address", () => {
    expect(problemsOf(ann)).toEqual([]);
    expect(problemsOf({ name: "ann@example.com", email: "ann" })).toHaveLength(2);
    expect(problemsOf({ name: "", email: "" })).toHaveLength(2);
  });
});
