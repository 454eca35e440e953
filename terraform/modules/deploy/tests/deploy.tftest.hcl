mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name       = "dormouse"
  repository = "example/budget"
  branch     = "main"
}

run "for_one_branch" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role.deploy.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:example/budget:ref:refs/heads/main"
    error_message = "Workflows of that branch alone deploy."
  }

  assert {
    condition     = aws_iam_role_policy_attachment.power.policy_arn == "arn:aws:iam::aws:policy/PowerUserAccess"
    error_message = "Of all services but identities."
  }

  assert {
    condition     = join(" ", distinct(flatten(jsondecode(aws_iam_role_policy.roles.policy).Statement[*].Resource))) == "arn:aws:iam::123456789012:role/dormouse-*"
    error_message = "Of identities, the roles of this deployment and no other."
  }

  assert {
    condition     = !startswith(aws_iam_role.deploy.name, "dormouse-")
    error_message = "A deployment can't widen its own role."
  }

  assert {
    condition     = alltrue([for it in jsondecode(aws_iam_role_policy.roles.policy).Statement : try(it.Condition.StringEquals["iam:PassedToService"], []) == ["lambda.amazonaws.com", "scheduler.amazonaws.com"] if contains(it.Action, "iam:PassRole")])
    error_message = "Roles are passed to Lambda and EventBridge Scheduler, and to nobody else."
  }

  assert {
    condition     = alltrue([for action in flatten(jsondecode(aws_iam_role_policy.roles.policy).Statement[*].Action) : !endswith(action, "*") && !strcontains(action, "AttachRolePolicy") && !strcontains(action, "User")])
    error_message = "No wildcard, no policy of AWS's attached to a role, no users."
  }
}

run "for_an_environment_with_the_accounts_provider" {
  command = plan

  variables {
    branch       = null
    environment  = "production"
    provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = jsondecode(aws_iam_role.deploy.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:example/budget:environment:production"
    error_message = "Jobs of that environment alone deploy."
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "An account has one provider of GitHub's at most."
  }
}

run "for_everybody" {
  command = plan

  variables {
    branch     = null
    repository = "example/*"
  }

  expect_failures = [var.repository, var.environment]
}
