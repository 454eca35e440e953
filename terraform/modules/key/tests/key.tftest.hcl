mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name = "dormouse"
}

run "lets_in_what_comes_in_its_own_name" {
  command = plan

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_alias.this.name == "alias/dormouse"
    error_message = "A key is rotated, and has a name."
  }

  assert {
    condition     = toset(flatten([for it in jsondecode(aws_kms_key.this.policy).Statement : try(it.Principal.Service, [])])) == toset(["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com", "logs.eu-central-1.amazonaws.com"])
    error_message = "Alarms, budgets, rules and logs come in their own name; nobody else does."
  }

  assert {
    condition     = alltrue([for it in jsondecode(aws_kms_key.this.policy).Statement : can(it.Condition) if can(it.Principal.Service)])
    error_message = "A service is let in for this account, and for this deployment's logs."
  }
}
