# Composes; decides nothing. What there is comes from system.json.

locals {
  system  = jsondecode(file("${path.module}/../system.json"))
  bundles = "${path.module}/../dist"
  parts   = var.part == "all" ? ["lifecycle", "finance"] : ["lifecycle"]

  # Where the data plane stands. An existing database without subnets has no data plane.
  vpc = var.existing_database == null ? {
    subnet_ids         = module.network[0].subnet_ids
    security_group_ids = [module.network[0].functions_security_group_id]
    } : {
    subnet_ids         = var.existing_database.subnet_ids
    security_group_ids = var.existing_database.security_group_ids
  }
  has_vpc = var.existing_database == null || try(length(var.existing_database.subnet_ids) > 0, false)

  # The functions of the parts, less those whose `when` names another value of a setting.
  declared = {
    for key, fn in local.system.functions : key => fn
    if contains(local.parts, fn.part) && alltrue([for setting, value in try(fn.when, {}) : tostring(local.settings[setting]) == value])
  }

  # Each reference resolved.
  functions = {
    for key, fn in local.declared : key => {
      part            = fn.part
      description     = fn.description
      memory_mb       = fn.memoryMb
      timeout_seconds = fn.timeoutSeconds
      in_vpc          = fn.vpc && local.has_vpc
      environment     = { for variable, reference in fn.environment : variable => local.values[reference] }
      may = [
        for it in fn.may : {
          action = it.action
          resources = lookup(local.wider, it.action, [
            length(split("/", it.on)) == 1 ? local.arns[it.on]
            : join("/", concat([local.arns[split("/", it.on)[0]]], startswith(it.on, "table:") ? ["index", split("/", it.on)[1]] : [split("/", it.on)[1], "*"]))
          ])
        } if(it.on != "hook:awake" || local.values["hook:awake"] != "") && alltrue([for setting, value in try(it.when, {}) : tostring(local.settings[setting]) == value])
      ]
      schedules = try(fn.schedules, [])
      events    = try(fn.events, [])
      streams   = [for stream in try(fn.streams, []) : merge(stream, { filters = [for pattern in try(stream.filters, []) : jsonencode(pattern)] })]
      queues    = try(fn.queues, [])
    }
  }

  # What a function of the lifecycle names is the lifecycle's; the other tables, queues, topics and buckets are the finance app's.
  lifecycle_names = distinct(flatten([
    for fn in local.system.functions : concat(
      values(fn.environment),
      [for it in fn.may : split("/", it.on)[0]],
      [for stream in try(fn.streams, []) : "table:${stream.table}"],
      [for it in try(fn.queues, []) : "queue:${it.queue}"],
    ) if fn.part == "lifecycle"
  ]))

  tables = {
    for key, table in local.system.tables : key => {
      # Objects come in alphabetical order here: the second key is named, the first is the other one.
      hash_key  = [for attribute in keys(table.key) : attribute if attribute != try(table.range, null)][0]
      range_key = try(table.range, null)
      types     = merge(concat([table.key], [for index in values(try(table.indexes, {})) : index.key])...)
      indexes = {
        for name, index in try(table.indexes, {}) : name => {
          hash_key  = [for attribute in keys(index.key) : attribute if attribute != try(index.range, null)][0]
          range_key = try(index.range, null)
        }
      }
      expires                = try(table.expires, null)
      stream                 = try(table.stream, null)
      point_in_time_recovery = try(table.pointInTimeRecovery, false)
    }
  }

  # `rate` counts from when it was made; `cron` is the clock's, in UTC.
  schedules = {
    for key, schedule in local.system.schedules : key => {
      description = schedule.description
      expression  = try("cron(${schedule.cron})", "rate(${local.values[schedule.everyMinutes]} ${local.values[schedule.everyMinutes] == "1" ? "minute" : "minutes"})")
    }
  }

  # A pattern's texts that name something here (`database:id`, `bucket:files`, `mail:configurationSet`) are replaced by what they stand for.
  quoted = { for reference, value in local.values : jsonencode(reference) => jsonencode(value) }
  events = {
    for key, event in local.system.events : key => join("", [
      for part in regexall("\"(?:database|bucket|mail):[^\"]*\"|[^\"]+|\"", jsonencode(event.pattern)) : lookup(local.quoted, part, part)
    ])
  }

  routes = merge([
    for key, fn in local.declared : {
      for route in try(fn.http, []) : route.method == "$default" ? "$default" : "${route.method} ${route.path}" => { function = key, access = route.access }
    }
  ]...)

  # Whose roles may send to a queue or publish to a topic: what `may` says, for the policies on the other side.
  senders = {
    for reference in concat([for key in keys(local.system.queues) : "queue:${key}"], [for key in keys(local.system.topics) : "topic:${key}"]) : reference => [
      for key, fn in local.declared : "arn:${local.partition}:iam::${local.account}:role/${var.name}-${key}-${local.region}"
      if anytrue([for it in fn.may : it.on == reference && contains(["sqs:SendMessage", "sns:Publish"], it.action)])
    ]
  }
  queues = {
    for key, queue in local.system.queues : key => { visibilitySeconds = queue.visibilitySeconds, receives = queue.receives, senders = local.senders["queue:${key}"] }
  }
  topics = { for key in keys(local.system.topics) : key => { senders = local.senders["topic:${key}"] } }

  buckets = {
    for key, bucket in local.system.buckets : key => { name = local.bucket_names[key], expire = try(bucket.expire, {}), uploads = try(bucket.uploads, null) }
  }

  # What each part is given: what is its own, and what both need.
  given = {
    for part in local.parts : part => {
      functions = { for key, fn in local.functions : key => fn if fn.part == part }
      tables    = { for key, it in local.tables : key => it if contains(local.lifecycle_names, "table:${key}") == (part == "lifecycle") }
      queues    = { for key, it in local.queues : key => it if contains(local.lifecycle_names, "queue:${key}") == (part == "lifecycle") }
      topics    = { for key, it in local.topics : key => it if contains(local.lifecycle_names, "topic:${key}") == (part == "lifecycle") }
      buckets   = { for key, it in local.buckets : key => it if contains(local.lifecycle_names, "bucket:${key}") == (part == "lifecycle") }
      schedules = local.schedules
      events    = local.events
      bundles   = local.bundles
      options   = local.options
      vpc       = local.has_vpc ? local.vpc : null
    }
  }

  # Pages that may send files to a bucket: the console's own, and those that may call the API.
  origins = concat([module.api.url], var.allowed_origins)

  options = {
    log_retention_days   = var.log_retention_days
    log_level            = var.log_level
    kms_key_arn          = var.kms_key_arn
    deletion_protection  = var.deletion_protection
    reserved_concurrency = var.reserved_concurrency
  }
}

module "network" {
  source = "./modules/network"
  count  = var.existing_database == null ? 1 : 0

  name = var.name
  cidr = var.cidr
  may  = flatten([for fn in local.functions : fn.may if fn.in_vpc])
  tags = local.tags
}

module "database" {
  source = "./modules/database"
  count  = var.existing_database == null ? 1 : 0

  name                = var.name
  subnet_ids          = module.network[0].subnet_ids
  security_group_ids  = [module.network[0].database_security_group_id]
  settings            = merge(var.database, { kms_key_arn = var.kms_key_arn })
  deletion_protection = var.deletion_protection
  final_snapshot      = var.final_snapshot
  tags                = local.tags
}

module "lifecycle" {
  source = "./modules/lifecycle"

  name           = var.name
  database_id    = local.database.id
  timer          = { group = local.timer.group, role_name = local.timer.role_name }
  price_per_hour = var.price_per_hour
  dashboard      = var.dashboard
  widgets        = try(module.finance[0].widgets, [])
  tags           = local.tags
  part           = local.given["lifecycle"]
  origins        = local.origins

  alarms = {
    emails         = var.alarm_emails
    check_minutes  = var.check_minutes
    awake_hours    = var.awake_alarm_hours
    monthly_budget = var.monthly_budget
  }
}

module "finance" {
  source = "./modules/finance"
  count  = var.part == "all" ? 1 : 0

  name            = var.name
  dead_letters    = module.lifecycle.dead_letters.arn
  alarm_topic_arn = module.lifecycle.alarm_topic_arn
  part            = local.given["finance"]
  streams         = module.lifecycle.streams
  origins         = local.origins
  mail            = var.mail_sender == "ses" ? { domain = local.mail.domain, configuration_set = local.mail.configuration_set, identity = var.mail_identity } : null
  tags            = local.tags
}

module "api" {
  source = "./modules/api"

  name                = var.name
  routes              = local.routes
  functions           = merge(module.lifecycle.functions, one(module.finance[*].functions))
  allowed_origins     = var.allowed_origins
  throttle            = var.throttle
  domain              = var.domain
  auth_domain         = "${var.name}-${local.unique}"
  self_sign_up        = var.self_sign_up
  deletion_protection = var.deletion_protection
  log_retention_days  = var.log_retention_days
  kms_key_arn         = var.kms_key_arn
  tags                = local.tags
}
