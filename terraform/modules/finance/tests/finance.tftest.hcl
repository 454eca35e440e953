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
  part            = { functions = { job = {} }, tables = {}, queues = { post = {} }, topics = {}, buckets = {}, schedules = {}, events = {}, bundles = "dist", vpc = null, options = {} }
}

run "tells_of_each_queues_dead_letters" {
  command = plan

  assert {
    condition     = module.alarms.names["post_dead_letters"] == "dormouse-post-dead-letters"
    error_message = "What a queue's function could not handle is an alarm."
  }

  assert {
    condition     = toset(keys(module.alarms.names)) == toset(["post_dead_letters", "failed_jobs"])
    error_message = "What a function reports is watched where the function is there."
  }

  assert {
    condition     = [for it in output.widgets : it.title if startswith(it.title, "Queue")] == ["Queue post: waiting, the oldest's age in seconds, dead letters"]
    error_message = "The dashboard shows how long messages wait."
  }
}
