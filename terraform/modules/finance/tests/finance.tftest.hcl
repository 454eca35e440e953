# What the finance app adds to its functions; those are modules/part's matter.

mock_provider "aws" {
  source = "../../tests/mocks"
}

override_module {
  target = module.part
  outputs = {
    functions = {}
    tables    = {}
    queues    = { post = { name = "dormouse-post", dead_letters = "dormouse-post-dead-letters" } }
  }
}

variables {
  name            = "dormouse"
  dead_letters    = "arn:aws:sqs:eu-central-1:123456789012:dormouse-dead-letters"
  alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:dormouse-alarms"
  part            = { functions = {}, tables = {}, queues = {}, topics = {}, buckets = {}, schedules = {}, events = {}, bundles = "dist", vpc = null, options = {} }
}

run "tells_of_each_queues_dead_letters" {
  command = plan

  assert {
    condition     = module.alarms.names["post_dead_letters"] == "dormouse-post-dead-letters"
    error_message = "What a queue's function could not handle is an alarm."
  }
}
