variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "functions" {
  description = "Functions of this part, by their key in system.json, every reference resolved."
  type = map(object({
    description     = string
    memory_mb       = number
    timeout_seconds = number
    in_vpc          = bool
    environment     = map(string)
    may             = list(object({ action = string, resources = list(string) }))
    schedules       = optional(list(string), [])
    events          = optional(list(string), [])
    streams         = optional(list(object({ table = string, batchSize = number, retries = number, maxAgeSeconds = number })), [])
  }))
}

variable "tables" {
  description = "DynamoDB tables of this part alone, by their key in system.json."
  type = map(object({
    hash_key               = string
    range_key              = optional(string)
    types                  = map(string)
    expires                = optional(string)
    stream                 = optional(string)
    point_in_time_recovery = optional(bool, false)
  }))
  default = {}
}

variable "schedules" {
  description = "Schedules of the functions: EventBridge's expression, and what it is for."
  type        = map(object({ expression = string, description = string }))
  default     = {}
}

variable "events" {
  description = "EventBridge patterns of the functions as JSON."
  type        = map(string)
  default     = {}
}

variable "bundles" {
  description = "Folder of the functions' zips, made by `npm run build`."
  type        = string
}

variable "dead_letters" {
  description = "ARN of the queue for events that failed for good."
  type        = string
}

variable "vpc" {
  description = "Private subnets and security groups of the data plane."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
}

variable "options" {
  description = "What holds for every function and table; see modules/part."
  type = object({
    log_retention_days   = optional(number, 30)
    log_level            = optional(string, "INFO")
    kms_key_arn          = optional(string)
    deletion_protection  = optional(bool, true)
    reserved_concurrency = optional(map(number), {})
  })
  default = {}
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
