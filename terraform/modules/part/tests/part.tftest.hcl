# One part with one of each: what system.json may declare, made. The function itself is modules/lambda's matter.

mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

override_module {
  target = module.function
  outputs = {
    name       = "dormouse-part"
    arn        = "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-part"
    invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/mocked/invocations"
    role_name  = "dormouse-part-eu-central-1"
    log_group  = "/aws/lambda/dormouse-part"
  }
}

variables {
  name         = "dormouse"
  bundles      = "dist"
  dead_letters = "arn:aws:sqs:eu-central-1:123456789012:dormouse-dead-letters"
  origins      = ["https://console.example.com"]
  streams      = { elsewhere = "arn:aws:dynamodb:eu-central-1:123456789012:table/dormouse-elsewhere/stream/mocked" }

  functions = {
    part = {
      description     = "A function."
      memory_mb       = 128
      timeout_seconds = 10
      in_vpc          = false
      environment     = { A = "1" }
      may             = [{ action = "sqs:SendMessage", resources = ["arn:aws:sqs:eu-central-1:123456789012:dormouse-post"] }]
      schedules       = ["often", "daily"]
      events          = ["arrived"]
      streams         = [{ table = "things", batchSize = 10, retries = 3, maxAgeSeconds = 3600 }, { table = "elsewhere", batchSize = 10, retries = 3, maxAgeSeconds = 3600 }]
      queues          = [{ queue = "post", batchSize = 10 }]
    }
  }

  tables = {
    things = {
      hash_key  = "owner"
      range_key = "id"
      types     = { owner = "S", id = "S", open = "S", createdAt = "N" }
      indexes   = { open = { hash_key = "open", range_key = "createdAt" } }
      stream    = "NEW_IMAGE"
      expires   = "expiresAt"
    }
  }

  queues  = { post = { visibilitySeconds = 60, receives = 5, senders = ["arn:aws:iam::123456789012:role/dormouse-part-eu-central-1"] } }
  topics  = { mail = {} }
  buckets = { files = { name = "dormouse-files-01234567", expire = { uploads = 1 }, uploads = "uploads" } }

  schedules = {
    often = { expression = "rate(15 minutes)", description = "Often." }
    daily = { expression = "cron(0 5 * * ? *)", description = "Each day." }
  }
  events = { arrived = "{\"source\":[\"aws.s3\"]}" }
}

# With a key of one's own, and unprotected; what there is without is checked for the whole system.
run "one_of_each" {
  command = plan

  variables {
    options = { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/mocked", deletion_protection = false }
  }

  assert {
    condition     = [for index in aws_dynamodb_table.this["things"].global_secondary_index : "${index.name} ${index.hash_key} ${index.range_key} ${index.projection_type}"] == ["open open createdAt ALL"]
    error_message = "An index holds every attribute of the items that have its keys."
  }

  assert {
    condition     = length(aws_dynamodb_table.this["things"].attribute) == 4
    error_message = "Every attribute of a key, the indexes' too, is declared."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.stream["part/elsewhere"].event_source_arn == var.streams["elsewhere"]
    error_message = "A stream of a table that is made elsewhere is read all the same."
  }

  assert {
    condition     = output.queues == { post = { name = "dormouse-post", dead_letters = "dormouse-post-dead-letters" } }
    error_message = "A queue has dead letters of its own."
  }

  assert {
    condition     = [for it in jsondecode(aws_sqs_queue_policy.this["post"].policy).Statement : it.Condition.ArnNotEquals["aws:PrincipalArn"] if it.Sid == "Senders"] == [["arn:aws:iam::123456789012:role/dormouse-", "arn:aws:iam::123456789012:role/dormouse-part-eu-central-1"]]
    error_message = "Of the deployment's roles the named ones alone send to a queue."
  }

  assert {
    condition     = [for it in jsondecode(aws_sqs_queue_policy.this["post-dead-letters"].policy).Statement : it.Condition.ArnNotEquals["aws:PrincipalArn"] if it.Sid == "Senders"] == [["arn:aws:iam::123456789012:role/dormouse-"]]
    error_message = "None of them puts something into its dead letters."
  }

  assert {
    condition     = keys(aws_scheduler_schedule.clock) == ["part/daily"] && keys(aws_cloudwatch_event_rule.schedule) == ["part/often"]
    error_message = "What goes by the clock is EventBridge Scheduler's, what comes every so often a rule's."
  }

  assert {
    condition     = one(aws_scheduler_schedule.clock["part/daily"].target).arn == "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-part"
    error_message = "The clock calls the function."
  }

  assert {
    condition     = flatten(aws_s3_bucket_cors_configuration.this["files"].cors_rule[*].allowed_origins) == ["https://console.example.com"]
    error_message = "Pages of the named origins alone may post files."
  }

  assert {
    condition     = aws_sqs_queue.this["post"].kms_master_key_id == var.options.kms_key_arn && aws_sqs_queue.dead_letters["post"].kms_master_key_id == var.options.kms_key_arn
    error_message = "The key encrypts the queues."
  }

  assert {
    condition     = aws_sns_topic.this["mail"].kms_master_key_id == var.options.kms_key_arn
    error_message = "The key encrypts the topics."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this["files"].rule).apply_server_side_encryption_by_default).kms_master_key_id == var.options.kms_key_arn
    error_message = "The key encrypts the buckets."
  }

  assert {
    condition     = aws_s3_bucket.this["files"].force_destroy
    error_message = "What is not protected goes with everything in it."
  }
}

run "a_message_that_is_seen_again_too_soon" {
  command = plan

  variables {
    queues = { post = { visibilitySeconds = 30, receives = 5 } }
  }

  expect_failures = [aws_lambda_event_source_mapping.queue]
}
