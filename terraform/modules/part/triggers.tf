# What calls the functions: streams, queues, rules, the clock. (HTTP is modules/api.)

locals {
  rates   = { for key, it in local.schedules : key => it if startswith(var.schedules[it.key].expression, "rate(") }
  crons   = { for key, it in local.schedules : key => it if !startswith(var.schedules[it.key].expression, "rate(") }
  clocked = toset([for it in local.crons : it.function])
}

resource "aws_lambda_event_source_mapping" "stream" {
  for_each = local.streams

  event_source_arn                   = local.stream_arns[each.value.table]
  function_name                      = module.function[each.value.function].arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = each.value.batchSize
  maximum_retry_attempts             = each.value.retries
  maximum_record_age_in_seconds      = each.value.maxAgeSeconds
  bisect_batch_on_function_error     = true
  function_response_types            = ["ReportBatchItemFailures"]
  maximum_batching_window_in_seconds = 0
  tags                               = var.tags

  # Records that match one of the patterns; without any, all of them.
  dynamic "filter_criteria" {
    for_each = length(each.value.filters) > 0 ? [each.value.filters] : []

    content {
      dynamic "filter" {
        for_each = filter_criteria.value

        content {
          pattern = filter.value
        }
      }
    }
  }

  destination_config {
    on_failure {
      destination_arn = var.dead_letters
    }
  }
}

# The function answers with those messages of a batch that failed; they come again, and after so many times lie in the dead letters.
resource "aws_lambda_event_source_mapping" "queue" {
  for_each = local.queues

  event_source_arn                   = aws_sqs_queue.this[each.value.queue].arn
  function_name                      = module.function[each.value.function].arn
  batch_size                         = each.value.batchSize
  maximum_batching_window_in_seconds = 0
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = var.tags

  # The least that there is: a new account's ten concurrent executions are for people first.
  scaling_config {
    maximum_concurrency = 2
  }

  lifecycle {
    precondition {
      condition     = var.queues[each.value.queue].visibilitySeconds >= 6 * var.functions[each.value.function].timeout_seconds
      error_message = "The queue ${each.value.queue} shows a message again before ${each.value.function} can have ended with it: its visibilitySeconds have to be six times the function's timeout, as AWS advises."
    }
  }
}

resource "aws_cloudwatch_event_rule" "schedule" {
  for_each = local.rates

  name                = "${var.name}-${each.value.function}-${each.value.key}"
  description         = var.schedules[each.value.key].description
  schedule_expression = var.schedules[each.value.key].expression
  tags                = var.tags
}

resource "aws_cloudwatch_event_rule" "event" {
  for_each = local.events

  name          = "${var.name}-${each.value.function}-on-${each.value.key}"
  description   = "Events for ${var.name}-${each.value.function}: reasons to look, never believed."
  event_pattern = var.events[each.value.key]
  tags          = var.tags
}

locals {
  rules = merge(
    { for key, rule in aws_cloudwatch_event_rule.schedule : "schedule/${key}" => { rule = rule, function = local.rates[key].function } },
    { for key, rule in aws_cloudwatch_event_rule.event : "event/${key}" => { rule = rule, function = local.events[key].function } },
  )
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.rules

  rule      = each.value.rule.name
  target_id = each.value.function
  arn       = module.function[each.value.function].arn

  retry_policy {
    maximum_retry_attempts       = 10
    maximum_event_age_in_seconds = 3600
  }

  dead_letter_config {
    arn = var.dead_letters
  }

  depends_on = [aws_lambda_permission.rule]
}

resource "aws_lambda_permission" "rule" {
  for_each = local.rules

  statement_id  = replace(each.key, "/", "-")
  action        = "lambda:InvokeFunction"
  function_name = module.function[each.value.function].name
  principal     = "events.amazonaws.com"
  source_arn    = each.value.rule.arn
}

# By the clock: EventBridge Scheduler, which says the zone. One group and one role for each function that it calls.
resource "aws_scheduler_schedule_group" "clock" {
  for_each = local.clocked

  name = "${var.name}-${each.key}"
  tags = var.tags
}

resource "aws_iam_role" "clock" {
  for_each = local.clocked

  name        = "${var.name}-${each.key}-clock-${data.aws_region.current.region}"
  description = "EventBridge Scheduler calls ${var.name}-${each.key} by the clock."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id, "aws:SourceArn" = aws_scheduler_schedule_group.clock[each.key].arn }
      }
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy" "clock" {
  for_each = local.clocked

  name = "clock"
  role = aws_iam_role.clock[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        { Effect = "Allow", Action = ["lambda:InvokeFunction"], Resource = [module.function[each.key].arn] },
        { Effect = "Allow", Action = ["sqs:SendMessage"], Resource = [var.dead_letters] },
      ],
      [for key in var.options.kms_key_arn[*] : { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [key], Condition = { StringEquals = { "kms:ViaService" = ["sqs.${data.aws_region.current.region}.amazonaws.com"] } } }],
    )
  })
}

resource "aws_scheduler_schedule" "clock" {
  for_each = local.crons

  name                         = "${var.name}-${each.value.function}-${each.value.key}"
  group_name                   = aws_scheduler_schedule_group.clock[each.value.function].name
  description                  = var.schedules[each.value.key].description
  schedule_expression          = var.schedules[each.value.key].expression
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.function[each.value.function].arn
    role_arn = aws_iam_role.clock[each.value.function].arn
    # The event that a rule would send: which schedule it is stands in `resources`.
    input = jsonencode({
      version     = "0"
      id          = "<aws.scheduler.execution-id>"
      detail-type = "Scheduled Event"
      source      = "aws.scheduler"
      account     = data.aws_caller_identity.current.account_id
      time        = "<aws.scheduler.scheduled-time>"
      region      = data.aws_region.current.region
      resources   = ["<aws.scheduler.schedule-arn>"]
      detail      = {}
    })

    retry_policy {
      maximum_retry_attempts       = 10
      maximum_event_age_in_seconds = 3600
    }

    dead_letter_config {
      arn = var.dead_letters
    }
  }

  # Without its permission the first call would be lost.
  depends_on = [aws_iam_role_policy.clock]
}
