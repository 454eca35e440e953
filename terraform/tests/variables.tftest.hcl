# Wrong input is refused before anything is made, each with a sentence that helps. Many at once: every run takes seconds.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name              = "budget"
  part              = "lifecycle"
  existing_database = { identifier = "ledger" }
}

run "all_that_is_out_of_bounds" {
  command = plan

  variables {
    name                       = "a-name-of-25-characters-x"
    alarm_emails               = ["ops"]
    allowed_origins            = ["https://app.example.com/"]
    awake_alarm_hours          = 200
    check_minutes              = 0.5
    cidr                       = "10.0.0.0/28"
    drain_seconds              = 29
    forced_start_grace_minutes = 0
    idle_minutes               = 4
    log_level                  = "LOUD"
    log_retention_days         = 10
    max_backup_age_hours       = 12
    mail_from                  = "Dormouse"
    mode                       = "manege"
    monthly_budget             = 0
    price_per_hour             = -1
    probe                      = "inside"
    reserved_concurrency       = { nothing = 1 }
    wake_on                    = "always"
    wake_timeout_minutes       = 5
    wakes_per_user_per_day     = 0
  }

  expect_failures = [
    var.name, var.alarm_emails, var.allowed_origins, var.awake_alarm_hours, var.check_minutes, var.cidr, var.drain_seconds, var.forced_start_grace_minutes,
    var.idle_minutes, var.log_level, var.log_retention_days, var.max_backup_age_hours, var.mail_from, var.mode, var.monthly_budget, var.price_per_hour, var.probe,
    var.reserved_concurrency, var.wake_on, var.wake_timeout_minutes, var.wakes_per_user_per_day,
  ]
}

run "other_ways_to_be_wrong" {
  command = plan

  variables {
    mail_sender       = "post"
    name              = "my-aws-budget"
    part              = "all"
    allowed_origins   = ["*"]
    cidr              = "everywhere"
    existing_database = { identifier = "ledger" }
  }

  expect_failures = [var.name, var.allowed_origins, var.cidr, var.existing_database, var.mail_sender]
}

# The app's own connections would keep the database awake.
run "the_app_with_a_probe_that_can_not_tell_its_connections" {
  command = plan

  variables {
    part              = "all"
    existing_database = { identifier = "ledger", subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
    probe             = "metrics"
  }

  expect_failures = [var.probe]
}
