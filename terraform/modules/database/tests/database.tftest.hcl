mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name               = "dormouse"
  subnet_ids         = ["subnet-1", "subnet-2"]
  security_group_ids = ["sg-1"]
}

run "unprotected_when_told" {
  command = plan

  variables {
    deletion_protection = false
    final_snapshot      = false
    settings            = { managed_master_secret = true, postgres_version = "17.4" }
  }

  assert {
    condition     = !aws_db_instance.this.deletion_protection && aws_db_instance.this.skip_final_snapshot
    error_message = "What protects the database can be taken off, to remove it."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password_wo_version == null
    error_message = "Whoever wants a managed secret gets no other password."
  }

  assert {
    condition     = aws_db_instance.this.backup_window == "12:00-13:00"
    error_message = "Unless told, the backup is made when people work: at night the database sleeps."
  }

  assert {
    condition     = aws_db_parameter_group.this.family == "postgres17"
    error_message = "The parameter group is of the major version."
  }
}

run "wrong_settings" {
  command = plan

  variables {
    subnet_ids = ["subnet-1"]
    settings   = { postgres_version = "12", instance_class = "t4g.micro", storage_gb = 5, backup_days = 0, backup_window = "noon" }
  }

  expect_failures = [var.subnet_ids, var.settings]
}

# What the plan says when the instance sleeps: before anything is half done.
run "asleep" {
  command   = apply
  state_key = "asleep"

  override_resource {
    target = aws_db_instance.this
    values = { status = "stopped" }
  }

  expect_failures = [check.awake_for_changes]
}

# Asleep, and to be changed: the plan ends, because the apply would be half done.
run "asleep_and_to_be_changed" {
  command   = plan
  state_key = "asleep"

  variables {
    settings = { instance_class = "db.t4g.small", storage_gb = 20 }
  }

  override_data {
    target = data.aws_db_instances.before
    values = { instance_identifiers = ["dormouse"] }
  }

  override_data {
    target = data.aws_db_instance.before
    values = {
      allocated_storage            = 40
      backup_retention_period      = 7
      db_instance_class            = "db.t4g.micro"
      engine_version               = "18.1"
      max_allocated_storage        = 100
      multi_az                     = false
      preferred_backup_window      = "12:00-13:00"
      preferred_maintenance_window = "sun:03:30-sun:04:30"
    }
  }

  expect_failures = [check.awake_for_changes, output.id]
}

# Asleep, and left as it is: everything else applies.
run "asleep_and_left_alone" {
  command   = plan
  state_key = "asleep"

  override_data {
    target = data.aws_db_instances.before
    values = { instance_identifiers = ["dormouse"] }
  }

  override_data {
    target = data.aws_db_instance.before
    values = {
      allocated_storage            = 40
      backup_retention_period      = 7
      db_instance_class            = "db.t4g.micro"
      engine_version               = "18.1"
      max_allocated_storage        = 100
      multi_az                     = false
      preferred_backup_window      = "12:00-13:00"
      preferred_maintenance_window = "sun:03:30-sun:04:30"
    }
  }

  assert {
    condition     = length(local.changed) == 0
    error_message = "A minor version of AWS's choice and storage that has grown are no changes."
  }

  expect_failures = [check.awake_for_changes]
}

run "backed_up_at_the_hour_of_the_region" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { region = "ap-southeast-2" }
  }

  assert {
    condition     = aws_db_instance.this.backup_window == "05:00-06:00"
    error_message = "Noon in Frankfurt is night in Sydney."
  }
}

run "backed_up_and_encrypted_as_told" {
  command = plan

  variables {
    settings = { backup_window = "02:00-03:00", kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/mocked" }
  }

  assert {
    condition     = aws_db_instance.this.kms_key_id == var.settings.kms_key_arn && aws_db_instance.this.performance_insights_kms_key_id == var.settings.kms_key_arn
    error_message = "A key of one's own encrypts the storage, and what Performance Insights keeps."
  }

  assert {
    condition     = aws_db_instance.this.backup_window == "02:00-03:00"
    error_message = "One's own window is taken as it is."
  }
}
