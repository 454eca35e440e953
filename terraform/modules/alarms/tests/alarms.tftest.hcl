mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name    = "dormouse"
  actions = ["arn:aws:sns:eu-central-1:123456789012:dormouse-alarms"]
  alarms = {
    too_many = { namespace = "Dormouse", metric = "Things", dimensions = { service = "dormouse" }, description = "Look." }
    silent   = { namespace = "Dormouse", metric = "Things", dimensions = { service = "dormouse" }, description = "Look.", unless_below = 1, period = 3600 }
  }
}

run "too_many_and_none_at_all" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["too_many"].treat_missing_data == "notBreaching" && aws_cloudwatch_metric_alarm.this["too_many"].alarm_name == "dormouse-too-many"
    error_message = "No value is no alarm where there should be none."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["silent"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.this["silent"].comparison_operator == "LessThanThreshold"
    error_message = "No value is an alarm where there should be some."
  }
}
