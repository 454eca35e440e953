# Queues, each with a queue of its own for what could not be handled: SQS moves those back only to where they came from. And topics.

resource "aws_sqs_queue" "this" {
  for_each = var.queues

  name                       = "${var.name}-${each.key}"
  visibility_timeout_seconds = each.value.visibilitySeconds
  # Shorter than the dead letters': their time counts from when a message was first sent.
  message_retention_seconds = 345600
  receive_wait_time_seconds = 20
  sqs_managed_sse_enabled   = var.options.kms_key_arn == null ? true : null
  kms_master_key_id         = var.options.kms_key_arn
  redrive_policy            = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters[each.key].arn, maxReceiveCount = each.value.receives })
  tags                      = var.tags
}

resource "aws_sqs_queue" "dead_letters" {
  for_each = var.queues

  name                      = "${var.name}-${each.key}-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = var.options.kms_key_arn == null ? true : null
  kms_master_key_id         = var.options.kms_key_arn
  tags                      = var.tags
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  for_each = var.queues

  queue_url            = aws_sqs_queue.dead_letters[each.key].id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.this[each.key].arn] })
}

# Who may send is said by the senders' own roles; the policies here keep out every other role of this deployment, whatever it may come to be allowed, and
# what is not encrypted on its way. (A person who has dead letters moved back sends, too: they are no role of the deployment.) Into the dead letters only SQS
# itself puts something.
resource "aws_sqs_queue_policy" "this" {
  for_each = merge(
    { for key, queue in aws_sqs_queue.this : key => { queue = queue, senders = var.queues[key].senders } },
    { for key, queue in aws_sqs_queue.dead_letters : "${key}-dead-letters" => { queue = queue, senders = tolist([]) } },
  )

  queue_url = each.value.queue.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "TlsOnly", Effect = "Deny", Principal = "*", Action = "sqs:*", Resource = each.value.queue.arn, Condition = local.not_tls },
      { Sid = "Senders", Effect = "Deny", Principal = "*", Action = "sqs:SendMessage", Resource = each.value.queue.arn, Condition = merge(local.ours, { ArnNotEquals = { "aws:PrincipalArn" = concat(local.nobody, each.value.senders) } }) },
    ]
  })
}

# The key that AWS manages for SNS costs nothing, and lets in whoever of this account may publish.
resource "aws_sns_topic" "this" {
  for_each = var.topics

  name              = "${var.name}-${each.key}"
  display_name      = var.name
  kms_master_key_id = coalesce(var.options.kms_key_arn, "alias/aws/sns")
  tags              = var.tags
}

resource "aws_sns_topic_policy" "this" {
  for_each = var.topics

  arn = aws_sns_topic.this[each.key].arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "TlsOnly", Effect = "Deny", Principal = "*", Action = "sns:Publish", Resource = aws_sns_topic.this[each.key].arn, Condition = local.not_tls },
      { Sid = "Senders", Effect = "Deny", Principal = "*", Action = "sns:Publish", Resource = aws_sns_topic.this[each.key].arn, Condition = merge(local.ours, { ArnNotEquals = { "aws:PrincipalArn" = concat(local.nobody, each.value.senders) } }) },
    ]
  })
}

locals {
  not_tls = { Bool = { "aws:SecureTransport" = "false" } }

  # Roles of this deployment; and one that there is not, because a condition wants a value.
  ours   = { ArnLike = { "aws:PrincipalArn" = "${local.role}*" } }
  nobody = [local.role]
  role   = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${var.name}-"
}
