variable "name" {
  description = "Name of this deployment: prefix of everything, and the identifier of its DB instance. It can't be changed later."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 24
    error_message = "The name begins with a lower-case letter, goes on with lower-case letters, digits and single hyphens, and has at most 24 characters (IAM allows a role 64, with function and region)."
  }

  validation {
    condition     = !can(regex("aws|amazon|cognito", var.name))
    error_message = "The name becomes part of the sign-in pages' host name, where Cognito allows none of the words aws, amazon and cognito."
  }
}

variable "part" {
  description = "`all`: the finance app with its database. `lifecycle`: only sleep and wake, with the console."
  type        = string
  default     = "all"

  validation {
    condition     = contains(["all", "lifecycle"], var.part)
    error_message = "The part is all or lifecycle."
  }
}

variable "existing_database" {
  description = "A DB instance (RDS for PostgreSQL) that is there already; null: one is made. `subnet_ids` and `security_group_ids` are where the probe stands to look inside; leave both out, and nobody looks inside. With part `all` those subnets need gateway endpoints for DynamoDB and S3."
  type = object({
    identifier         = string
    database_name      = optional(string, "postgres")
    subnet_ids         = optional(list(string), [])
    security_group_ids = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.existing_database == null || try((length(var.existing_database.subnet_ids) == 0) == (length(var.existing_database.security_group_ids) == 0), false)
    error_message = "Give the existing database's subnet_ids and security_group_ids together, or neither."
  }

  validation {
    condition     = var.existing_database == null || var.part == "lifecycle" || try(length(var.existing_database.subnet_ids) > 0, false)
    error_message = "The finance app has to reach the existing database: give subnet_ids and security_group_ids, or set part to lifecycle."
  }

  validation {
    condition     = var.existing_database == null || try(can(regex("^[a-z][a-z0-9-]{0,62}$", var.existing_database.identifier)), false)
    error_message = "The identifier is the DB instance's name in RDS, such as my-database: not its host name, and not an ARN."
  }
}

variable "database" {
  description = "The DB instance that is made: see modules/database. Ignored with `existing_database`."
  type = object({
    postgres_version      = optional(string, "18")
    instance_class        = optional(string, "db.t4g.micro")
    storage_gb            = optional(number, 20)
    max_storage_gb        = optional(number, 100)
    multi_az              = optional(bool, false)
    backup_days           = optional(number, 7)
    backup_window         = optional(string)
    maintenance_window    = optional(string, "sun:03:30-sun:04:30")
    performance_insights  = optional(bool, true)
    managed_master_secret = optional(bool, false)
    snapshot_identifier   = optional(string)
    parameters            = optional(map(string), {})
  })
  default = {}
}

variable "cidr" {
  description = "Address range of the VPC that is made, /16 to /26."
  type        = string
  default     = "10.83.0.0/24"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 26, false)
    error_message = "The address range has to be an IPv4 CIDR from /16 to /26, such as 10.83.0.0/24."
  }
}

variable "deletion_protection" {
  description = "AWS refuses to delete the DB instance, the user pool, the tables that can be recovered to a point in time, and the bucket while there is something in it. Set it to false and apply before `terraform destroy`."
  type        = bool
  default     = true
}

variable "final_snapshot" {
  description = "Take a last snapshot when the DB instance is deleted. It is billed until you delete it."
  type        = bool
  default     = true
}

variable "alarm_emails" {
  description = "Addresses of the operators, which alarms are sent to once each has confirmed; empty: they stay in CloudWatch."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "Each has to be an e-mail address, such as ops@example.com."
  }
}

variable "awake_alarm_hours" {
  description = "Hours without a break after which a database that is still up is an alarm, 1 to 168."
  type        = number
  default     = 24

  validation {
    condition     = var.awake_alarm_hours >= 1 && var.awake_alarm_hours <= 168 && floor(var.awake_alarm_hours) == var.awake_alarm_hours
    error_message = "Whole hours from 1 to 168: CloudWatch looks back at most 7 days."
  }
}

variable "dashboard" {
  description = "Make the CloudWatch dashboard: free as one of an account's first three, $3 a month beyond them. The console and the ledger show most of it too."
  type        = bool
  default     = true
}

variable "monthly_budget" {
  description = "US dollars that the whole account may cost in a month before an alarm; null: none."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget == null || try(var.monthly_budget > 0, false)
    error_message = "A budget is more than nothing."
  }
}

variable "self_sign_up" {
  description = "Anybody may make themselves a user. Off: operators make them (`npm run create-user`)."
  type        = bool
  default     = false
}

variable "domain" {
  description = "A host name of one's own with its certificate in ACM (same region); null: AWS's host name."
  type        = object({ name = string, certificate_arn = string })
  default     = null
}

variable "throttle" {
  description = "Requests a second, and at once, of all callers together: see modules/api."
  type = object({
    rate       = optional(number, 50)
    burst      = optional(number, 100)
    wake_rate  = optional(number, 5)
    wake_burst = optional(number, 20)
    routes     = optional(map(object({ rate = number, burst = number })), {})
  })
  default = {}
}

variable "reserved_concurrency" {
  description = "Concurrency reserved for a function, by its key. Empty, because a new account has 10 in all, and AWS keeps those unreserved."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.reserved_concurrency : contains(keys(jsondecode(file("${path.module}/../system.json")).functions), key) && value >= 0])
    error_message = "Every key has to be a function of system.json, and every value 0 or more."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept, one of those that CloudWatch knows."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 or more days of its own list."
  }
}

variable "log_level" {
  description = "What the functions log: DEBUG, INFO, WARN or ERROR."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "The level is DEBUG, INFO, WARN or ERROR."
  }
}

variable "kms_key_arn" {
  description = "A key of one's own for database, tables, queues, topics, buckets, logs and environments ($1 a month, asleep too; its policy has to let alarms, rules and logs in, as the one of modules/key does); null: keys that AWS manages."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
}

variable "mail_identity" {
  description = "With ses, whether the domain of mail_from is made an identity of SES here; false where the account has it already."
  type        = bool
  default     = true
}
