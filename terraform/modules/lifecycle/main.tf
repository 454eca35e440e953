# The lifecycle of one database: the reconciler and what calls it, the state and the ledger, the timer, the alarms.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region
  rules     = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name}-*"
}

# What failed for good, with its reason: nobody polls it, an alarm looks at it.
resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = var.part.options.kms_key_arn == null ? true : null
  kms_master_key_id         = var.part.options.kms_key_arn
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Rules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.dead_letters.arn
        Condition = { ArnLike = { "aws:SourceArn" = local.rules }, StringEquals = { "aws:SourceAccount" = local.account } }
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = aws_sqs_queue.dead_letters.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

module "part" {
  source = "../part"

  name         = var.name
  functions    = var.part.functions
  tables       = var.part.tables
  queues       = var.part.queues
  topics       = var.part.topics
  buckets      = var.part.buckets
  schedules    = var.part.schedules
  events       = var.part.events
  bundles      = var.part.bundles
  dead_letters = aws_sqs_queue.dead_letters.arn
  vpc          = var.part.vpc
  origins      = var.origins
  options      = var.part.options
  tags         = var.tags
}

# The one-off timer is made at run time, in this group: deleting the group deletes it.
resource "aws_scheduler_schedule_group" "timer" {
  name = var.timer.group
  tags = var.tags
}

resource "aws_iam_role" "timer" {
  name        = var.timer.role_name
  description = "EventBridge Scheduler calls the reconciler of ${var.name}."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account, "aws:SourceArn" = aws_scheduler_schedule_group.timer.arn } }
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy" "timer" {
  name = "timer"
  role = aws_iam_role.timer.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        { Effect = "Allow", Action = ["lambda:InvokeFunction"], Resource = [module.part.functions["reconcile"].arn] },
        # Scheduler sends what failed for good with the schedule's own role, not by the queue's policy.
        { Effect = "Allow", Action = ["sqs:SendMessage"], Resource = [aws_sqs_queue.dead_letters.arn] },
      ],
      [for key in var.part.options.kms_key_arn[*] : { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [key], Condition = { StringEquals = { "kms:ViaService" = ["sqs.${local.region}.amazonaws.com"] } } }],
    )
  })
}
