# The functions of one part of system.json, with their tables and triggers: the lifecycle's and the finance app's are made by the same pattern.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # "reconcile/check" -> { function = "reconcile", key = "check" }: one trigger for each pair.
  schedules = merge([for fn, it in var.functions : { for key in it.schedules : "${fn}/${key}" => { function = fn, key = key } }]...)
  events    = merge([for fn, it in var.functions : { for key in it.events : "${fn}/${key}" => { function = fn, key = key } }]...)
  streams   = merge([for fn, it in var.functions : { for stream in it.streams : "${fn}/${stream.table}" => merge(stream, { function = fn }) }]...)
  queues    = merge([for fn, it in var.functions : { for it in it.queues : "${fn}/${it.queue}" => merge(it, { function = fn }) }]...)

  # Of this part's tables, and of those that are made elsewhere.
  stream_arns = merge(var.streams, { for key, table in aws_dynamodb_table.this : key => table.stream_arn })
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
    streams              = [for stream in each.value.streams : local.stream_arns[stream.table]]
    queues               = [for it in each.value.queues : aws_sqs_queue.this[it.queue].arn]
  }

  tags = var.tags
}
