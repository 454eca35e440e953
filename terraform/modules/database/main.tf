data "aws_region" "current" {}

locals {
  # UTC, about the middle of the working day of those who are near: a database that is awake then anyway is backed up without staying up for it. At night,
  # where others have their window, this one sleeps.
  windows = {
    af = "11:00-12:00"
    ap = "05:00-06:00"
    ca = "18:00-19:00"
    eu = "12:00-13:00"
    il = "10:00-11:00"
    me = "09:00-10:00"
    mx = "18:00-19:00"
    sa = "16:00-17:00"
    us = "18:00-19:00"
  }
  backup_window = coalesce(var.settings.backup_window, lookup(local.windows, split("-", data.aws_region.current.region)[0], "12:00-13:00"))

  major = split(".", var.settings.postgres_version)[0]

  parameters = merge(
    # Nobody logs in without TLS.
    { "rds.force_ssl" = "1" },
    var.settings.parameters,
  )
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}."
  subnet_ids  = var.subnet_ids
  tags        = var.tags
}

# A new major version wants a new group before the old one goes: hence a prefix.
resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-postgres${local.major}-"
  description = "PostgreSQL ${local.major} of ${var.name}."
  family      = "postgres${local.major}"
  tags        = var.tags

  dynamic "parameter" {
    for_each = local.parameters
    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "pending-reboot"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.settings.postgres_version
  instance_class = var.settings.instance_class
  multi_az       = var.settings.multi_az
  db_name        = var.settings.snapshot_identifier == null ? var.database_name : null
  username       = var.settings.snapshot_identifier == null ? "postgres" : null
  port           = 5432

  # A password that nobody knows: made for this one call, written by no one, kept in neither plan nor state. `npm run migrate` sets a fresh one for the
  # moment in which it makes the roles; from then on every login is by IAM.
  password_wo                 = var.settings.managed_master_secret ? null : "${uuid()}-${uuid()}"
  password_wo_version         = var.settings.managed_master_secret ? null : 1
  manage_master_user_password = var.settings.managed_master_secret ? true : null

  storage_type          = "gp3"
  allocated_storage     = var.settings.storage_gb
  max_allocated_storage = var.settings.max_storage_gb
  storage_encrypted     = true
  kms_key_id            = var.settings.kms_key_arn

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = var.security_group_ids
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.this.name

  iam_database_authentication_enabled = true

  backup_retention_period  = var.settings.backup_days
  backup_window            = local.backup_window
  maintenance_window       = var.settings.maintenance_window
  copy_tags_to_snapshot    = true
  delete_automated_backups = true
  snapshot_identifier      = var.settings.snapshot_identifier

  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = false

  # No class is left out: the Amazon RDS User Guide, "DB engine, Region, and instance class support for Performance Insights", restricts classes (micro and
  # small ones) for MySQL and MariaDB, and none for PostgreSQL. Seven days are free. Its view in the console is CloudWatch Database Insights (standard mode).
  performance_insights_enabled          = var.settings.performance_insights
  performance_insights_retention_period = var.settings.performance_insights ? 7 : null
  performance_insights_kms_key_id       = var.settings.performance_insights ? var.settings.kms_key_arn : null

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.final_snapshot
  final_snapshot_identifier = "${var.name}-final-${formatdate("YYYYMMDDhhmmss", plantimestamp())}"

  # A change that waits for the maintenance window of an instance that sleeps would wait for ever.
  apply_immediately = true
  tags              = var.tags

  lifecycle {
    # The snapshot's name is fixed at creation; what a database was restored from is history, and changing it would replace the database.
    ignore_changes = [final_snapshot_identifier, snapshot_identifier]
  }
}
