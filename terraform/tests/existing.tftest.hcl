# An existing database. What the resources hold is checked in test/terraform (vitest).

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  part              = "lifecycle"
  existing_database = { identifier = "ledger" }
}

run "from_outside_watching" {
  command   = apply
  state_key = "from_outside_watching"

  variables {
    name      = "sleepy"
    mode      = "watch"
    dashboard = false
  }

  assert {
    condition     = output.dashboard == null
    error_message = "Who wants no dashboard pays for none."
  }

  assert {
    condition     = output.database.id == "ledger" && output.database.host == "ledger.example.eu-central-1.rds.amazonaws.com"
    error_message = "An existing database is looked up by its identifier."
  }
}

# With the longest name that is allowed, in the region with the longest name, and with everything that is optional.
run "from_inside_with_the_longest_name" {
  command   = apply
  state_key = "from_inside_with_the_longest_name"

  override_data {
    target = data.aws_region.current
    values = { region = "ap-southeast-1" }
  }

  override_data {
    target = module.lifecycle.module.part.data.aws_region.current
    values = { region = "ap-southeast-1" }
  }

  variables {
    name              = "a-name-of-24-characters0"
    existing_database = { identifier = "ledger", subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
    domain            = { name = "sleep.example.com", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/mocked" }
    allowed_origins   = ["https://app.example.com"]
    alarm_emails      = ["ops@example.com", "oncall@example.com"]
    monthly_budget    = 40
    kms_key_arn       = "arn:aws:kms:eu-central-1:123456789012:key/mocked"
  }

  assert {
    condition     = output.console_url == "https://sleep.example.com/"
    error_message = "One's own host name is where people go."
  }
}
