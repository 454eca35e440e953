# The settings of system.json, one variable each: the same names, defaults and meanings as on one machine, with AWS's own bounds.
# A test ties them to system.json.

variable "idle_minutes" {
  description = "Minutes without use after which the database goes to sleep."
  type        = number
  default     = 60

  validation {
    condition     = var.idle_minutes >= 5
    error_message = "Below 5 minutes a database would sleep and wake more than it works, and AWS bills each start for 10 minutes at least."
  }
}

variable "check_minutes" {
  description = "Minutes between two scheduled checks, the safety net under timers and events."
  type        = number
  default     = 15

  validation {
    condition     = var.check_minutes >= 1 && var.check_minutes <= 60 && floor(var.check_minutes) == var.check_minutes
    error_message = "Whole minutes from 1 to 60: EventBridge knows no fractions, and a longer wait is no safety net."
  }
}

variable "drain_seconds" {
  description = "Seconds that the longest request may take; a drain lasts as long."
  type        = number
  default     = 20

  validation {
    condition     = var.drain_seconds >= 1 && var.drain_seconds <= 28
    error_message = "From 1 to 28 seconds: API Gateway ends a request after 30."
  }
}

variable "mode" {
  description = "manage starts and stops the database; watch decides and records, and touches nothing."
  type        = string
  default     = "manage"

  validation {
    condition     = contains(["manage", "watch"], var.mode)
    error_message = "The mode is manage or watch."
  }
}

variable "probe" {
  description = "inside logs in to the database to see whether it answers and who is connected; metrics goes by RDS's status and by CloudWatch's count of connections, for a database of one's own. Unless told: inside where there are subnets for it, else metrics."
  type        = string
  default     = null

  validation {
    condition     = var.probe == null || contains(["inside", "metrics"], coalesce(var.probe, "inside"))
    error_message = "The probe looks inside, or goes by metrics."
  }

  validation {
    condition     = var.probe != "metrics" || var.part == "lifecycle"
    error_message = "With part all the probe has to look inside: in CloudWatch's count of connections the app's own ones can't be told from other people's, a warm function keeps one open, and the database would stay awake because of them. Leave probe out, or set part to lifecycle."
  }

  validation {
    condition     = var.probe != "inside" || var.existing_database == null || try(length(var.existing_database.subnet_ids) > 0, false)
    error_message = "To look inside an existing database the probe needs its subnet_ids and security_group_ids."
  }
}

variable "wake_on" {
  description = "Whether only the button wakes the database, or any data request does."
  type        = string
  default     = "button"

  validation {
    condition     = contains(["button", "request"], var.wake_on)
    error_message = "It wakes on button or on request."
  }
}

variable "wakes_per_user_per_day" {
  description = "How often a user (operators exempt) may wake the database in a UTC day."
  type        = number
  default     = 30

  validation {
    condition     = var.wakes_per_user_per_day >= 1 && floor(var.wakes_per_user_per_day) == var.wakes_per_user_per_day
    error_message = "A whole number of at least 1."
  }
}

variable "wake_timeout_minutes" {
  description = "Minutes after which a wake that did not come about is given up, with attention."
  type        = number
  default     = 60

  validation {
    condition     = var.wake_timeout_minutes >= 20
    error_message = "At least 20 minutes: RDS itself may need 15 for a start."
  }
}

variable "forced_start_grace_minutes" {
  description = "Minutes that a database which AWS started by itself stays up when nobody uses it."
  type        = number
  default     = 10

  validation {
    condition     = var.forced_start_grace_minutes >= 1
    error_message = "At least 1 minute: maintenance that AWS started it for has to get under way."
  }
}

variable "max_backup_age_hours" {
  description = "When the newest backup is older, and the database has been used since, it stays up through its next backup window. 0 turns this off."
  type        = number
  default     = 168

  validation {
    condition     = var.max_backup_age_hours == 0 || var.max_backup_age_hours >= 24
    error_message = "0, or at least 24 hours: RDS makes one automated backup a day."
  }
}

variable "price_per_hour" {
  description = "What an hour of the instance's compute costs, in US dollars; savings are counted with it."
  type        = number
  default     = 0.018

  validation {
    condition     = var.price_per_hour >= 0
    error_message = "A price is not negative."
  }
}

variable "mail_sender" {
  description = "By which service mails go to users: sns needs nothing and serves some 200 of them; ses needs a domain of one's own, and serves any number."
  type        = string
  default     = "sns"

  validation {
    condition     = contains(["sns", "ses"], var.mail_sender)
    error_message = "sns or ses."
  }
}

variable "mail_from" {
  description = "With ses, the address that mails come from."
  type        = string
  default     = ""

  validation {
    condition     = var.mail_from == "" || can(regex("^[^@<>\\s]+@[^@<>\\s]+$", var.mail_from))
    error_message = "An address such as money@example.com, without a name."
  }

  validation {
    condition     = var.mail_from != "" || var.mail_sender != "ses"
    error_message = "With mail_sender ses this has to be an address at a domain of your own."
  }
}

variable "allowed_origins" {
  description = "Origins of other web pages that may call the API (CORS), such as https://app.example.com."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.allowed_origins : can(regex("^https?://[^/*,\\s]+$", origin))])
    error_message = "An origin is a scheme and a host, such as https://app.example.com: no path, no slash at the end, no *."
  }
}
