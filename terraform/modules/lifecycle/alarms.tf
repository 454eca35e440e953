# Few alarms, each one that a person can act on, and what to do in its description. CloudWatch's first ten cost nothing.

locals {
  actions   = [aws_sns_topic.alarms.arn]
  reconcile = module.part.functions["reconcile"].name
}

# Without a key of one's own there is none: CloudWatch may not publish to a topic under the key that AWS manages for SNS.
resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.options.kms_key_arn
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
  count = var.alarms.email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarms.email
}

resource "aws_cloudwatch_metric_alarm" "attention" {
  alarm_name          = "${var.name}-attention"
  alarm_description   = "The database needs a human. Open the console, or GET /database: `attention` says what is wrong, since when, and what to do."
  namespace           = "Dormouse"
  metric_name         = "Attention"
  dimensions          = { service = var.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "reconciler_failing" {
  alarm_name          = "${var.name}-reconciler-failing"
  alarm_description   = "The reconciler failed in each of three checks: the database neither sleeps nor wakes by itself. Read the newest errors in its log group /aws/lambda/${var.name}-reconcile. After a deploy: go back to the last bundle."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = local.reconcile }
  statistic           = "Sum"
  period              = max(300, var.alarms.check_minutes * 60)
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "reconciler_silent" {
  alarm_name          = "${var.name}-reconciler-silent"
  alarm_description   = "Nobody has called the reconciler for four checks: the database neither sleeps nor wakes by itself. Look whether the rule ${var.name}-reconcile-check is enabled, and whether the account's Lambda concurrency is used up."
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = { FunctionName = local.reconcile }
  statistic           = "Sum"
  period              = max(3600, 4 * var.alarms.check_minutes * 60)
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = local.actions
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${var.name}-dead-letters"
  alarm_description   = "Something failed for good, and lies in the queue ${var.name}-dead-letters with its reason. Read it (aws sqs receive-message), mend the cause, then delete it: the next check makes good what a lost call to the reconciler would have done."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  tags                = var.tags
}

# RDS reports each minute while the instance runs and not at all while it is stopped: its own free metric is the clock.
resource "aws_cloudwatch_metric_alarm" "awake_too_long" {
  alarm_name          = "${var.name}-awake-too-long"
  alarm_description   = "The database has been up for ${var.alarms.awake_hours} hours without a break. GET /database says why in `reason`: a hold, a lease, an outside session, a backup that is due. Release what is no longer needed, or POST /database/stop."
  namespace           = "AWS/RDS"
  metric_name         = "CPUUtilization"
  dimensions          = { DBInstanceIdentifier = var.database_id }
  statistic           = "SampleCount"
  period              = 3600
  evaluation_periods  = var.alarms.awake_hours
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 45
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  tags                = var.tags
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
