/** Who may do what. */
import { expect, it } from "vitest";
import { arnOf, permissionsOf } from "../../../local/gate.ts";
import { allowed, block, type Planned, statements, text } from "../planned.ts";
import { account, functions, here, names, ofFunction, only, region, system } from "./common.ts";

export function permissions(planned: () => Planned): void {
  const policies = (name: string, policy: string) => ofFunction(planned(), "aws_iam_role_policy", name).filter(({ values }) => values.name === policy);

  it("lets each function do what its `may` names and no more, on the ARNs that the local platform checks", () => {
    // AWS checks this one on more than the instance (references.tf says why), the timer on less than the local platform.
    const wider: Record<string, string[]> = {
      "rds:DescribeDBSnapshots": [`arn:aws:rds:${region}:${account}:db:dormouse`, `arn:aws:rds:${region}:${account}:snapshot:*`],
    };
    const arns: Record<string, string> = {
      [`arn:aws:scheduler:${region}:${account}:schedule/dormouse/*`]: `arn:aws:scheduler:${region}:${account}:schedule/dormouse/dormouse`,
      [`arn:aws:iam::${account}:role/dormouse-timer`]: `arn:aws:iam::${account}:role/dormouse-timer-${region}`,
      // Cognito gives the pool its id.
      [arnOf("auth:pool")]: `arn:aws:cognito-idp:${region}:${account}:userpool/${text(only(planned().all("aws_cognito_user_pool")).values.id)}`,
    };
    for (const name of names) {
      const wanted = permissionsOf(system, name, { probe: "inside" }).flatMap(({ action, resource }) =>
        (wider[action] ?? [arns[resource] ?? here(resource)]).map((on) => `${action} on ${on}`),
      );
      expect(
        policies(name, "may").flatMap(({ values }) => allowed(values.policy)),
        name,
      ).toEqual(wanted.sort());
      expect(policies(name, "may").flatMap(({ values }) => statements(values.policy)).length, name).toBe(permissionsOf(system, name).length);
    }
  });

  it("lets one function alone delete users, and nobody do anything else with them", () => {
    const who = planned()
      .all("aws_iam_role_policy")
      .filter(({ values }) => text(values.policy).includes("cognito-idp"));
    expect(who.map(({ address }) => address)).toEqual(['module.finance[0].module.part.module.function["forget"].aws_iam_role_policy.may[0]']);
    expect(allowed(who[0]?.values.policy).filter((it) => it.startsWith("cognito-idp:"))).toEqual([expect.stringMatching(/^cognito-idp:AdminDeleteUser on /)]);
  });

  it("lets the reconciler alone start and stop, and only this instance", () => {
    const who = planned()
      .all("aws_iam_role_policy")
      .filter(({ values }) => /rds:(St|\*|Reboot|Delete|Modify)/.test(text(values.policy)));
    expect(who.map(({ address }) => address)).toEqual(['module.lifecycle.module.part.module.function["reconcile"].aws_iam_role_policy.may[0]']);
    const may = allowed(who[0]?.values.policy).filter((it) => /rds:(Start|Stop)/.test(it));
    expect(may).toEqual([
      `rds:StartDBInstance on arn:aws:rds:${region}:${account}:db:dormouse`,
      `rds:StopDBInstance on arn:aws:rds:${region}:${account}:db:dormouse`,
    ]);
  });

  it("lets Lambda itself do what it needs in a function's name and no more, and denies a function's code the network", () => {
    const interfaces = [
      "CreateNetworkInterface",
      "DescribeNetworkInterfaces",
      "DescribeSubnets",
      "DeleteNetworkInterface",
      "AssignPrivateIpAddresses",
      "UnassignPrivateIpAddresses",
    ];
    for (const [name, { vpc, streams, queues }] of functions) {
      const { values } = only(policies(name, "runtime"));
      const actions = [...new Set(allowed(values.policy).map((it) => it.split(" ")[0]))].sort();
      const wanted = [
        ...["logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"],
        ...(vpc ? interfaces.map((action) => `ec2:${action}`) : []),
        ...(queues.length > 0 ? ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].map((action) => `sqs:${action}`) : []),
        ...(streams.length > 0 ? ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((action) => `dynamodb:${action}`) : []),
      ];
      expect(actions, name).toEqual(wanted.sort());
      const denied = statements(values.policy).filter(({ Effect }) => Effect === "Deny");
      expect(
        denied.map(({ Condition }) => Condition),
        name,
      ).toEqual(vpc ? [{ ArnEquals: { "lambda:SourceFunctionArn": [`arn:*:lambda:*:*:function:dormouse-${name}`] } }] : []);
    }
    // Of the code itself, what AWS knows no resource for (Service Authorization Reference): nothing else may be allowed on everything.
    const unnarrowed = ["cloudwatch:GetMetricData", "sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"];
    for (const { address, values } of planned().all("aws_iam_role_policy")) {
      const wide = allowed(values.policy).flatMap((it) => (it.endsWith(" on *") ? [it.split(" ")[0] ?? ""] : []));
      for (const action of wide) expect([...interfaces.map((it) => `ec2:${it}`), ...unnarrowed], address).toContain(action);
      if (values.name === "runtime") for (const action of wide) expect(action, address).toMatch(/^ec2:/);
    }
    expect(
      planned()
        .all("aws_iam_role_policy")
        .flatMap(({ values }) => allowed(values.policy).filter((it) => /^[^ ]*\*/.test(it))),
    ).toEqual([]);
    expect(planned().all("aws_iam_role_policy_attachment")).toEqual([]);
  });

  it("keeps policies within AWS's limits: 10,240 characters for all of a role, 20,480 for an endpoint", () => {
    for (const name of names) {
      const all = ofFunction(planned(), "aws_iam_role_policy", name).map(({ values }) => text(values.policy).length);
      expect(
        all.reduce((total, length) => total + length, 0),
        name,
      ).toBeLessThan(10_240);
    }
    for (const { index, values } of planned().all("aws_vpc_endpoint")) expect(text(values.policy).length, String(index)).toBeLessThan(20_480);
  });

  it("passes one role, to EventBridge Scheduler alone", () => {
    const passing = names.flatMap((name) =>
      policies(name, "may").flatMap(({ values }) => statements(values.policy).filter(({ Action }) => [Action].flat().includes("iam:PassRole"))),
    );
    expect(passing.map(({ Condition }) => Condition)).toEqual([{ StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } }]);
    const timer = planned().one("aws_iam_role", "name", `dormouse-timer-${region}`);
    expect(passing[0]?.Resource).toEqual([`arn:aws:iam::${account}:role/${text(timer.values.name)}`]);
    expect(statements(timer.values.assume_role_policy)[0]?.Principal).toEqual({ Service: "scheduler.amazonaws.com" });
    // It may call the reconciler, and put what failed for good where the reconciler tells it to.
    const { values } = only(
      planned()
        .all("aws_iam_role_policy")
        .filter(({ address }) => address === "module.lifecycle.aws_iam_role_policy.timer"),
    );
    expect(allowed(values.policy)).toEqual([
      "lambda:InvokeFunction on arn:aws:lambda:eu-central-1:123456789012:function:mocked",
      "sqs:SendMessage on arn:aws:sqs:eu-central-1:123456789012:mocked",
    ]);
    const reconcile = planned().one("aws_lambda_function", "function_name", "dormouse-reconcile").values;
    const variables = block(reconcile.environment).variables as Record<string, string>;
    const queue = planned().one("aws_sqs_queue", "name", "dormouse-dead-letters");
    expect(variables.TIMER_DEAD_LETTERS_ARN).toBe(`arn:aws:sqs:${region}:${account}:${text(queue.values.name)}`);
    expect(variables.TIMER_ROLE_ARN).toBe(`arn:aws:iam::${account}:role/${text(timer.values.name)}`);
  });
}
