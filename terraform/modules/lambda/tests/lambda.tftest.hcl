# One function. The bundle is any file that is there.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  function = {
    name            = "dormouse-thing"
    role_name       = "dormouse-thing-eu-central-1"
    description     = "A thing."
    bundle          = "main.tf"
    memory_mb       = 128
    timeout_seconds = 10
    environment     = { A = "1" }
    may             = []
    dead_letters    = "arn:aws:sqs:eu-central-1:123456789012:dormouse-dead-letters"
  }
}

run "that_may_nothing" {
  command = plan

  assert {
    condition     = length(aws_iam_role_policy.may) == 0
    error_message = "A function that may do nothing has no policy for its code."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == null
    error_message = "A new account has no concurrency to reserve."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30 && aws_cloudwatch_log_group.this.name == "/aws/lambda/dormouse-thing"
    error_message = "Logs are not kept for ever."
  }
}

run "without_a_bundle" {
  command = plan

  variables {
    function = {
      name            = "dormouse-thing"
      role_name       = "dormouse-thing-eu-central-1"
      description     = "A thing."
      bundle          = "nowhere.zip"
      memory_mb       = 128
      timeout_seconds = 10
      environment     = { A = "1" }
      may             = []
      dead_letters    = "arn:aws:sqs:eu-central-1:123456789012:dormouse-dead-letters"
    }
  }

  expect_failures = [aws_lambda_function.this]
}

# With a key of one's own: by way of the services whose data the function reads and writes, and by no other.
run "with_a_key_of_ones_own" {
  command = plan

  variables {
    function = {
      name            = "dormouse-thing"
      role_name       = "dormouse-thing-eu-central-1"
      description     = "A thing."
      bundle          = "main.tf"
      memory_mb       = 128
      timeout_seconds = 10
      environment     = { A = "1" }
      dead_letters    = "arn:aws:sqs:eu-central-1:123456789012:dormouse-dead-letters"
      kms_key_arn     = "arn:aws:kms:eu-central-1:123456789012:key/mocked"
      may = [
        { action = "dynamodb:GetItem", resources = ["arn:aws:dynamodb:eu-central-1:123456789012:table/dormouse-state"] },
        { action = "s3:GetObject", resources = ["arn:aws:s3:::dormouse-files/uploads/*"] },
        { action = "rds:StartDBInstance", resources = ["arn:aws:rds:eu-central-1:123456789012:db:dormouse"] },
      ]
    }
  }

  override_resource {
    target          = aws_cloudwatch_log_group.this
    values          = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:mocked" }
    override_during = plan
  }

  assert {
    condition = [
      for it in jsondecode(aws_iam_role_policy.runtime.policy).Statement : "${join(" ", it.Action)} via ${join(" ", it.Condition.StringEquals["kms:ViaService"])}" if startswith(it.Action[0], "kms:")
      ] == [
      "kms:Decrypt kms:GenerateDataKey via sqs.eu-central-1.amazonaws.com s3.eu-central-1.amazonaws.com",
      "kms:Decrypt kms:DescribeKey via dynamodb.eu-central-1.amazonaws.com",
      "kms:DescribeKey via rds.eu-central-1.amazonaws.com",
      "kms:CreateGrant via rds.eu-central-1.amazonaws.com",
    ]
    error_message = "The key is there for the services that the function uses, for reading where it only reads, and for RDS where it starts the database."
  }

  assert {
    condition     = aws_lambda_function.this.kms_key_arn == "arn:aws:kms:eu-central-1:123456789012:key/mocked" && aws_cloudwatch_log_group.this.kms_key_id == "arn:aws:kms:eu-central-1:123456789012:key/mocked"
    error_message = "The key encrypts environment and logs."
  }
}
