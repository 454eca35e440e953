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
