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
      may             = [for it in fn.may : { action = it.action, resources = lookup(local.wider, it.action, [local.arns[it.on]]) }]
      schedules       = try(fn.schedules, [])
      events          = try(fn.events, [])
      streams         = try(fn.streams, [])
    }
  }

  # A table is the lifecycle's when one of its functions names it; the others are the finance app's.
  lifecycle_tables = distinct(flatten([
    for fn in local.system.functions : concat(
      [for reference in values(fn.environment) : trimprefix(reference, "table:") if startswith(reference, "table:")],
      [for it in fn.may : trimprefix(it.on, "table:") if startswith(it.on, "table:")],
      [for stream in try(fn.streams, []) : stream.table],
    ) if fn.part == "lifecycle"
  ]))

  tables = {
    for key, table in local.system.tables : key => {
      # Objects come in alphabetical order here: the second key is named, the first is the other one.
      hash_key               = [for attribute in keys(table.key) : attribute if attribute != try(table.range, null)][0]
      range_key              = try(table.range, null)
      types                  = table.key
      expires                = try(table.expires, null)
      stream                 = try(table.stream, null)
      point_in_time_recovery = try(table.pointInTimeRecovery, false)
    }
  }

  schedules = {
    for key, schedule in local.system.schedules : key => {
      expression  = "rate(${local.values[schedule.everyMinutes]} ${local.values[schedule.everyMinutes] == "1" ? "minute" : "minutes"})"
      description = schedule.description
    }
  }

  events = { for key, event in local.system.events : key => replace(jsonencode(event.pattern), "\"database:id\"", jsonencode(local.database.id)) }

  routes = merge([
    for key, fn in local.declared : {
      for route in try(fn.http, []) : route.method == "$default" ? "$default" : "${route.method} ${route.path}" => { function = key, access = route.access }
    }
  ]...)

  # What both parts are given, besides what is theirs alone.
  shared = { schedules = local.schedules, events = local.events, bundles = local.bundles, options = local.options }

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
  tags           = local.tags

  part = merge(local.shared, {
    functions = { for key, fn in local.functions : key => fn if fn.part == "lifecycle" }
    tables    = { for key, table in local.tables : key => table if contains(local.lifecycle_tables, key) }
    vpc       = local.has_vpc ? local.vpc : null
  })

  alarms = {
    email          = var.alarm_email
    check_minutes  = var.check_minutes
    awake_hours    = var.awake_alarm_hours
    monthly_budget = var.monthly_budget
  }
}

module "finance" {
  source = "./modules/finance"
  count  = var.part == "all" ? 1 : 0

  name         = var.name
  dead_letters = module.lifecycle.dead_letters.arn
  tags         = local.tags

  part = merge(local.shared, {
    functions = { for key, fn in local.functions : key => fn if fn.part == "finance" }
    tables    = { for key, table in local.tables : key => table if !contains(local.lifecycle_tables, key) }
    vpc       = local.vpc
  })
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
