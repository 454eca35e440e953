# What the names on the right-hand side of system.json stand for here: one map of values, one of ARNs.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

# An existing instance: its address and resource id are looked up, not asked for.
data "aws_db_instance" "existing" {
  count = var.existing_database == null ? 0 : 1

  db_instance_identifier = var.existing_database.identifier
}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region
  arn       = { for service in ["cognito-idp", "dynamodb", "lambda", "rds", "rds-db", "scheduler", "ses", "sns", "sqs"] : service => "arn:${local.partition}:${service}:${local.region}:${local.account}" }

  tags = merge({ dormouse = var.name }, var.tags)
  # Cognito's domains are shared by all accounts of a region, S3's buckets by all there are.
  unique = substr(sha256("${local.account}/${local.region}/${var.name}"), 0, 8)

  settings = {
    idleMinutes             = var.idle_minutes
    checkMinutes            = var.check_minutes
    drainSeconds            = var.drain_seconds
    mode                    = var.mode
    probe                   = coalesce(var.probe, local.has_vpc ? "inside" : "metrics")
    wakeOn                  = var.wake_on
    wakesPerUserPerDay      = var.wakes_per_user_per_day
    wakeTimeoutMinutes      = var.wake_timeout_minutes
    forcedStartGraceMinutes = var.forced_start_grace_minutes
    maxBackupAgeHours       = var.max_backup_age_hours
    pricePerHour            = var.price_per_hour
    mailSender              = var.mail_sender
    mailFrom                = var.mail_from
    allowedOrigins          = join(",", var.allowed_origins)
  }

  # With SES mails come from a domain; events of its configuration set tell of those that came back.
  mail = {
    domain            = try(split("@", var.mail_from)[1], "")
    configuration_set = "${var.name}-mail"
  }

  # Of the two functions that can tell whether the database is in use, the one that is there.
  prober = local.settings.probe == "metrics" ? "metrics" : "probe"

  database = var.existing_database == null ? {
    id          = var.name
    host        = module.database[0].host
    port        = module.database[0].port
    name        = module.database[0].name
    resource_id = module.database[0].resource_id
    } : {
    id          = var.existing_database.identifier
    host        = data.aws_db_instance.existing[0].address
    port        = data.aws_db_instance.existing[0].port
    name        = var.existing_database.database_name
    resource_id = data.aws_db_instance.existing[0].resource_id
  }

  # Made by their names, as every ARN here: what is made of a resource would wait for it, and the functions for each other.
  bucket_names = { for key in keys(local.system.buckets) : key => "${var.name}-${key}-${local.unique}" }

  # Told when the database begins to serve (`hook:awake`); nobody where its part is left out.
  awake_hook = "job"

  timer = {
    group     = var.name
    role_name = "${var.name}-timer-${local.region}"
    role_arn  = "arn:${local.partition}:iam::${local.account}:role/${var.name}-timer-${local.region}"
  }

  # What `environment` may name.
  values = merge(
    { for key, value in local.settings : "setting:${key}" => tostring(value) },
    { for key in keys(local.system.tables) : "table:${key}" => "${var.name}-${key}" },
    { for key in keys(local.system.functions) : "function:${key}" => "${var.name}-${key}" },
    { for key in keys(local.system.queues) : "queue:${key}" => "https://sqs.${local.region}.${data.aws_partition.current.dns_suffix}/${local.account}/${var.name}-${key}" },
    { for key in keys(local.system.topics) : "topic:${key}" => "${local.arn["sns"]}:${var.name}-${key}" },
    { for key, bucket in local.bucket_names : "bucket:${key}" => bucket },
    # Where pages post files to, as an origin; nowhere where that part is left out.
    {
      for key, bucket in local.system.buckets : "bucket:${key}/${bucket.uploads}" => contains(local.parts, "finance") ? "https://${local.bucket_names[key]}.s3.${local.region}.${data.aws_partition.current.dns_suffix}" : ""
      if try(bucket.uploads, null) != null
    },
    {
      "hook:awake"      = contains(keys(local.declared), local.awake_hook) ? "${var.name}-${local.awake_hook}" : ""
      "database:id"     = local.database.id
      "database:host"   = local.database.host
      "database:port"   = tostring(local.database.port)
      "database:name"   = local.database.name
      "database:ca"     = "" # the certificate authorities of RDS, which the bundles carry
      "auth:url"        = module.api.auth_url
      "auth:clientId"   = module.api.auth_client_id
      "auth:pool"       = module.api.user_pool_id
      "timer:group"     = local.timer.group
      "timer:roleArn"   = local.timer.role_arn
      "timer:targetArn" = "${local.arn["lambda"]}:function:${var.name}-reconcile"
      # By its name: the queue's own ARN would wait for the functions, which wait for this.
      "timer:deadLettersArn"  = "${local.arn["sqs"]}:${var.name}-dead-letters"
      "probe:function"        = "${var.name}-${local.prober}"
      "platform:part"         = var.part
      "mail:configurationSet" = local.mail.configuration_set
    },
  )

  # What `may` may name. A table's index and a bucket's folder (`table:jobs/open`, `bucket:files/uploads`) are made of these.
  arns = merge(
    { for key in keys(local.system.tables) : "table:${key}" => "${local.arn["dynamodb"]}:table/${var.name}-${key}" },
    { for key in keys(local.system.functions) : "function:${key}" => "${local.arn["lambda"]}:function:${var.name}-${key}" },
    { for key in keys(local.system.queues) : "queue:${key}" => "${local.arn["sqs"]}:${var.name}-${key}" },
    { for key in keys(local.system.topics) : "topic:${key}" => "${local.arn["sns"]}:${var.name}-${key}" },
    { for key, bucket in local.bucket_names : "bucket:${key}" => "arn:${local.partition}:s3:::${bucket}" },
    { for key in keys(local.system.roles) : "role:${key}" => "${local.arn["rds-db"]}:dbuser:${local.database.resource_id}/${key}" },
    {
      "any"                   = "*"
      "hook:awake"            = "${local.arn["lambda"]}:function:${var.name}-${local.awake_hook}"
      "probe:function"        = "${local.arn["lambda"]}:function:${var.name}-${local.prober}"
      "database"              = "${local.arn["rds"]}:db:${local.database.id}"
      "timer"                 = "${local.arn["scheduler"]}:schedule/${local.timer.group}/${local.database.id}"
      "timer:role"            = local.timer.role_arn
      "mail:identity"         = "${local.arn["ses"]}:identity/${local.mail.domain}"
      "mail:configurationSet" = "${local.arn["ses"]}:configuration-set/${local.mail.configuration_set}"
      "auth:pool"             = "${local.arn["cognito-idp"]}:userpool/${module.api.user_pool_id}"
    },
  )

  # The one action that AWS does not check on the instance alone; it only reads. In the service authorization reference of Amazon RDS its resources are
  # `db` and `snapshot`: on the snapshots that a call without a snapshot's name could list, besides the instance.
  wider = {
    "rds:DescribeDBSnapshots" = [local.arns["database"], "${local.arn["rds"]}:snapshot:*"]
  }
}
