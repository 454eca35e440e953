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

run "sends_by_sns_unless_told" {
  command = plan

  assert {
    condition     = length(aws_sesv2_configuration_set.mail) == 0 && length(aws_sesv2_email_identity.mail) == 0 && length(output.mail_records) == 0
    error_message = "Nobody needs SES for mails by SNS."
  }
}

run "by_ses_hears_of_mails_that_came_back" {
  command = apply

  variables {
    mail = { domain = "dormouse.example", identity = true, configuration_set = "dormouse-mail" }
  }

  assert {
    condition     = aws_sesv2_email_identity.mail[0].email_identity == "dormouse.example"
    error_message = "The domain that mails come from is an identity."
  }

  assert {
    condition     = aws_sesv2_configuration_set.mail[0].configuration_set_name == "dormouse-mail" && aws_sesv2_configuration_set.mail[0].delivery_options[0].tls_policy == "REQUIRE"
    error_message = "Mails go out under the set that the functions name, and never in the clear."
  }

  assert {
    condition     = toset(aws_sesv2_configuration_set_event_destination.returned[0].event_destination[0].matching_event_types) == toset(["BOUNCE", "COMPLAINT"])
    error_message = "EventBridge hears of mails that came back, and of those that were not wanted."
  }

  assert {
    condition     = endswith(aws_sesv2_configuration_set_event_destination.returned[0].event_destination[0].event_bridge_destination[0].event_bus_arn, ":event-bus/default")
    error_message = "SES knows the default bus alone."
  }
}

run "by_ses_from_an_identity_that_is_there" {
  command = plan

  variables {
    mail = { domain = "dormouse.example", identity = false, configuration_set = "dormouse-mail" }
  }

  assert {
    condition     = length(aws_sesv2_email_identity.mail) == 0 && length(aws_sesv2_configuration_set.mail) == 1
    error_message = "An identity of the account's own is left alone."
  }
}
