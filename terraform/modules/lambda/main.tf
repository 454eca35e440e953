locals {
  in_vpc = var.function.vpc != null

  # What Lambda does in the function's name: logs, dead letters, streams, queues, network interfaces. The code itself calls none of it.
  interface_actions = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"]

  runtime_statements = concat(
    [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.this.arn}:*"]
      },
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [var.function.dead_letters]
      },
    ],
    [
      for stream in var.function.streams : {
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        Resource = [stream]
      }
    ],
    [
      for stream in var.function.streams : {
        Effect   = "Allow"
        Action   = ["dynamodb:ListStreams"]
        Resource = [replace(stream, "/\\/stream\\/.*$/", "/stream/*")]
      }
    ],
    [
      for queue in var.function.queues : {
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = [queue]
      }
    ],
    [
      # Lambda checks these at the function's creation, before there is an interface to name.
      for _ in slice(["all"], 0, local.in_vpc ? 1 : 0) : {
        Effect   = "Allow"
        Action   = local.interface_actions
        Resource = ["*"]
      }
    ],
  )

  # With a key of one's own whoever reads or writes what it encrypts needs the key too, but only by way of the service that holds the data: SQS, SNS, S3 and
  # DynamoDB ask KMS in the caller's name. A start of the database is a change of an RDS resource: "RDS acts on behalf of the user who is creating or
  # changing" it, by a grant (Amazon RDS User Guide, "AWS KMS key management").
  actions  = distinct(var.function.may[*].action)
  services = distinct(concat(["sqs"], [for action in local.actions : split(":", action)[0] if contains(["s3", "sns", "sqs"], split(":", action)[0])]))
  reads    = length(var.function.streams) > 0 || length([for action in local.actions : action if startswith(action, "dynamodb:")]) > 0
  writes   = length([for action in local.actions : action if startswith(action, "dynamodb:") && !contains(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"], action)]) > 0
  starts   = contains(local.actions, "rds:StartDBInstance")

  key_uses = concat(
    [{ actions = ["kms:Decrypt", "kms:GenerateDataKey"], services = local.services, grant = false }],
    [for _ in slice(["all"], 0, local.reads ? 1 : 0) : {
      actions = concat(["kms:Decrypt", "kms:DescribeKey"], local.writes ? ["kms:Encrypt", "kms:GenerateDataKey"] : []), services = ["dynamodb"], grant = false
    }],
    [for _ in slice(["all"], 0, local.starts ? 1 : 0) : { actions = ["kms:DescribeKey"], services = ["rds"], grant = false }],
    [for _ in slice(["all"], 0, local.starts ? 1 : 0) : { actions = ["kms:CreateGrant"], services = ["rds"], grant = true }],
  )
  key_region = try(split(":", var.function.kms_key_arn)[3], "")
  key_statements = [
    for use in local.key_uses : {
      Effect   = "Allow"
      Action   = use.actions
      Resource = [var.function.kms_key_arn]
      Condition = merge(
        { StringEquals = { "kms:ViaService" = [for service in use.services : "${service}.${local.key_region}.amazonaws.com"] } },
        use.grant ? { Bool = { "kms:GrantIsForAWSResource" = "true" } } : {},
      )
    } if var.function.kms_key_arn != null
  ]

  # The developer guide ("Giving Lambda functions access to resources in an Amazon VPC"): Lambda may use the interface permissions, the code may not.
  denied_statements = [
    for _ in slice(["all"], 0, local.in_vpc ? 1 : 0) : {
      Effect    = "Deny"
      Action    = concat(local.interface_actions, ["ec2:DetachNetworkInterface"])
      Resource  = ["*"]
      Condition = { ArnEquals = { "lambda:SourceFunctionArn" = ["arn:*:lambda:*:*:function:${var.function.name}"] } }
    }
  ]

  may_statements = [
    for permission in var.function.may : merge(
      { Effect = "Allow", Action = [permission.action], Resource = permission.resources },
      # A role that is passed is passed to EventBridge Scheduler, and to nobody else.
      permission.action == "iam:PassRole" ? { Condition = { StringEquals = { "iam:PassedToService" = "scheduler.amazonaws.com" } } } : {},
    )
  ]
}

# Before the function: what Lambda makes by itself at the first call would keep logs for ever, and outlive `terraform destroy`.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.function.name}"
  retention_in_days = var.function.log_retention_days
  kms_key_id        = var.function.kms_key_arn
  tags              = var.tags
}

resource "aws_iam_role" "this" {
  name        = var.function.role_name
  description = "Of the function ${var.function.name}."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy" "may" {
  count = length(local.may_statements) > 0 ? 1 : 0

  name   = "may"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.may_statements })
}

resource "aws_iam_role_policy" "runtime" {
  name   = "runtime"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.runtime_statements, local.key_statements, local.denied_statements) })
}

resource "aws_lambda_function" "this" {
  function_name                  = var.function.name
  description                    = var.function.description
  role                           = aws_iam_role.this.arn
  runtime                        = var.function.runtime
  architectures                  = [var.function.architecture]
  handler                        = var.function.handler
  filename                       = var.function.bundle
  source_code_hash               = fileexists(var.function.bundle) ? filebase64sha256(var.function.bundle) : null
  memory_size                    = var.function.memory_mb
  timeout                        = var.function.timeout_seconds
  reserved_concurrent_executions = var.function.reserved_concurrency
  kms_key_arn                    = var.function.kms_key_arn
  tags                           = var.tags

  environment {
    variables = var.function.environment
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.function.log_level
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.this.name
  }

  dynamic "vpc_config" {
    for_each = var.function.vpc[*]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # Lambda checks the role's network permissions when it makes the function, and needs them to take the interfaces away again.
  depends_on = [aws_iam_role_policy.runtime]

  lifecycle {
    precondition {
      condition     = fileexists(var.function.bundle)
      error_message = "There is no bundle ${var.function.bundle}. Run `npm run build` first."
    }
  }
}

# A function that AWS has put to `Inactive` refuses its first call: the retries are there for that, too.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.function.retries
  maximum_event_age_in_seconds = var.function.max_event_age

  destination_config {
    on_failure {
      destination = var.function.dead_letters
    }
  }
}
