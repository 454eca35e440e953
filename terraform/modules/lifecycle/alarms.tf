# Few alarms, each one that a person can act on, and what to do in its description. CloudWatch's first ten cost nothing. docs/cost.md says why each is
# there; a wake that takes too long is one of the reasons for `attention`, by a limit that is learned from the wakes before it.

locals {
  actions = [aws_sns_topic.alarms.arn]
  calls   = { FunctionName = module.part.functions["reconcile"].name }

  watched = {
    attention = {
      namespace   = "Dormouse"
      metric      = "Attention"
      dimensions  = { service = var.name }
      description = "The database needs a human: a wake that takes far longer than those before it or was given up, a status that does not pass, a stop that is refused for half a day. Open the console, or GET /database: `attention` says what is wrong, since when, and what to do."
    }
    # Counts what the function itself has thrown: a call that Lambda refuses because it has put the function to `Inactive` is no error of this kind.
    reconciler_failing = {
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = local.calls
      period      = max(300, var.alarms.check_minutes * 60)
      times       = 3
      description = "The reconciler failed in each of three checks: the database neither sleeps nor wakes by itself. Read the newest errors in its log group /aws/lambda/${var.name}-reconcile. After a deploy: go back to the last bundle."
    }
    reconciler_silent = {
      namespace    = "AWS/Lambda"
      metric       = "Invocations"
      dimensions   = local.calls
      period       = max(3600, 4 * var.alarms.check_minutes * 60)
      unless_below = 1
      description  = "Nobody has called the reconciler for four checks: the database neither sleeps nor wakes by itself. Look whether the rule ${var.name}-reconcile-check is enabled, and whether the account's Lambda concurrency is used up."
    }
    dead_letters = {
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
      statistic   = "Maximum"
      description = "Something failed for good, and lies in the queue ${var.name}-dead-letters with its reason. Read it (npm run redrive -- --name ${var.name}), mend the cause, then send it again (with --send) or delete it (with --delete). What a lost call to the reconciler would have done, the next check has made good."
    }
    # RDS reports each minute while the instance runs and not at all while it is stopped: its own free metric is the clock.
    awake_too_long = {
      namespace   = "AWS/RDS"
      metric      = "CPUUtilization"
      dimensions  = { DBInstanceIdentifier = var.database_id }
      statistic   = "SampleCount"
      period      = 3600
      times       = var.alarms.awake_hours
      above       = 44
      description = "The database has been up for ${var.alarms.awake_hours} hours without a break. GET /database says why in `reason`: a hold, a lease, an outside session, a backup that is due. Release what is no longer needed, or POST /database/stop."
    }
  }
}

# Without a key of one's own there is none: CloudWatch may not publish to a topic under the key that AWS manages for SNS.
resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.part.options.kms_key_arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alarms.arn
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.alarms.emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

module "alarms" {
  source = "../alarms"

  name    = var.name
  alarms  = local.watched
  actions = local.actions
  tags    = var.tags
}

resource "aws_budgets_budget" "month" {
  count = var.alarms.monthly_budget == null ? 0 : 1

  name         = "${var.name}-month-${local.region}"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(var.alarms.monthly_budget)
  limit_unit   = "USD"
  tags         = var.tags

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "FORECASTED"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = local.actions
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "ACTUAL"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = local.actions
  }

  depends_on = [aws_sns_topic_policy.alarms]
}
