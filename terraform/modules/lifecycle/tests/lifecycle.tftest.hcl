# What stands around the lifecycle's functions; those are modules/part's matter.

mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

override_module {
  target = module.part
  outputs = {
    functions = {
      reconcile = { name = "dormouse-reconcile", arn = "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-reconcile", log_group = "/aws/lambda/dormouse-reconcile" }
    }
    tables  = { state = "dormouse-state" }
    streams = {}
    queues  = {}
  }
}

variables {
  name           = "dormouse"
  database_id    = "ledger"
  price_per_hour = 0.016
  timer          = { group = "dormouse", role_name = "dormouse-timer-eu-central-1" }
  part           = { functions = { reconcile = {} }, tables = {}, queues = {}, topics = {}, buckets = {}, schedules = {}, events = {}, bundles = "dist", vpc = null, options = { kms_key_arn = null } }
}

run "with_all_that_is_optional" {
  command = plan

  variables {
    dashboard = false
    alarms    = { emails = ["ops@example.com", "oncall@example.com"], monthly_budget = 40, check_minutes = 60 }
    part      = { functions = { reconcile = {} }, tables = {}, queues = {}, topics = {}, buckets = {}, schedules = {}, events = {}, bundles = "dist", vpc = null, options = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/mocked" } }
  }

  assert {
    condition     = toset(keys(module.alarms.names)) == toset(["attention", "awake_too_long", "dead_letters", "reconciler_failing", "reconciler_silent"])
    error_message = "Few alarms, for what a person can mend."
  }

  assert {
    condition     = toset([for it in aws_sns_topic_subscription.email : it.endpoint]) == toset(["ops@example.com", "oncall@example.com"])
    error_message = "Each operator is asked to confirm."
  }

  assert {
    condition     = aws_budgets_budget.month[0].limit_amount == "40" && length(aws_cloudwatch_dashboard.this) == 0
    error_message = "A budget where it is wanted, no dashboard where it is not."
  }

  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == "arn:aws:kms:eu-central-1:123456789012:key/mocked" && aws_sqs_queue.dead_letters.kms_master_key_id == "arn:aws:kms:eu-central-1:123456789012:key/mocked"
    error_message = "The key encrypts the topic of the alarms and the dead letters."
  }

  assert {
    condition     = one([for it in jsondecode(aws_iam_role_policy.timer.policy).Statement : it.Condition.StringEquals["kms:ViaService"] if contains(it.Action, "kms:GenerateDataKey")]) == ["sqs.eu-central-1.amazonaws.com"]
    error_message = "The timer may use the key for the dead letters, and for nothing else."
  }
}
