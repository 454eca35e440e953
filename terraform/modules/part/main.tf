# The functions of one part of system.json, with their tables and triggers: the lifecycle's and the finance app's are made by the same pattern.

data "aws_region" "current" {}

locals {
  # "reconcile/check" -> { function = "reconcile", key = "check" }: one trigger for each pair.
  schedules = merge([for fn, it in var.functions : { for key in it.schedules : "${fn}/${key}" => { function = fn, key = key } }]...)
  events    = merge([for fn, it in var.functions : { for key in it.events : "${fn}/${key}" => { function = fn, key = key } }]...)
  streams   = merge([for fn, it in var.functions : { for stream in it.streams : "${fn}/${stream.table}" => merge(stream, { function = fn }) }]...)
}

resource "aws_dynamodb_table" "this" {
  for_each = var.tables

  name                        = "${var.name}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = each.value.hash_key
  range_key                   = each.value.range_key
  stream_enabled              = each.value.stream != null
  stream_view_type            = each.value.stream
  deletion_protection_enabled = var.options.deletion_protection && each.value.point_in_time_recovery
  tags                        = var.tags

  dynamic "attribute" {
    for_each = each.value.types
    content {
      name = attribute.key
      type = attribute.value
    }
  }

  point_in_time_recovery {
    enabled = each.value.point_in_time_recovery
  }

  dynamic "ttl" {
    for_each = each.value.expires[*]
    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  # Without a key of one's own DynamoDB encrypts with a key that AWS owns, at no cost.
  dynamic "server_side_encryption" {
    for_each = var.options.kms_key_arn[*]
    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value
    }
  }
}

module "function" {
  source   = "../lambda"
  for_each = var.functions

  function = {
    name = "${var.name}-${each.key}"
    # IAM has no regions: without the region, deployments in two of them would meet.
    role_name            = "${var.name}-${each.key}-${data.aws_region.current.region}"
    description          = each.value.description
    bundle               = "${var.bundles}/${each.key}.zip"
    memory_mb            = each.value.memory_mb
    timeout_seconds      = each.value.timeout_seconds
    environment          = merge(each.value.environment, { POWERTOOLS_SERVICE_NAME = var.name })
    may                  = each.value.may
    dead_letters         = var.dead_letters
    log_retention_days   = var.options.log_retention_days
    log_level            = var.options.log_level
    kms_key_arn          = var.options.kms_key_arn
    reserved_concurrency = lookup(var.options.reserved_concurrency, each.key, null)
    vpc                  = each.value.in_vpc ? var.vpc : null
    streams              = [for stream in each.value.streams : aws_dynamodb_table.this[stream.table].stream_arn]
  }

  tags = var.tags
}

resource "aws_lambda_event_source_mapping" "stream" {
  for_each = local.streams

  event_source_arn                   = aws_dynamodb_table.this[each.value.table].stream_arn
  function_name                      = module.function[each.value.function].arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = each.value.batchSize
  maximum_retry_attempts             = each.value.retries
  maximum_record_age_in_seconds      = each.value.maxAgeSeconds
  bisect_batch_on_function_error     = true
  function_response_types            = ["ReportBatchItemFailures"]
  maximum_batching_window_in_seconds = 0
  tags                               = var.tags

  destination_config {
    on_failure {
      destination_arn = var.dead_letters
    }
  }
}

resource "aws_cloudwatch_event_rule" "schedule" {
  for_each = local.schedules

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
    { for key, rule in aws_cloudwatch_event_rule.schedule : "schedule/${key}" => { rule = rule, function = local.schedules[key].function } },
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
