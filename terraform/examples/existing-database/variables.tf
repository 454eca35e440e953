variable "database" {
  description = "Identifier of your DB instance in RDS."
  type        = string
}

variable "name" {
  description = "Name of this deployment."
  type        = string
  default     = "dormouse"
}

variable "mode" {
  description = "Begin with watch: everything is decided and recorded, nothing is touched. Then manage."
  type        = string
  default     = "watch"
}

variable "database_name" {
  description = "Your application's database inside the instance; tidied before sleep where the probe looks inside."
  type        = string
  default     = "postgres"
}

variable "subnet_ids" {
  description = "Subnets from which the instance can be reached. Without: nobody looks inside."
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "Security groups for the probe, which the instance's own group lets in to its port."
  type        = list(string)
  default     = []
}

variable "idle_minutes" {
  description = "Minutes without use after which the database goes to sleep."
  type        = number
  default     = 60
}

variable "price_per_hour" {
  description = "What an hour of your instance's compute costs, in US dollars."
  type        = number
  default     = 0.018
}

variable "alarm_emails" {
  description = "Addresses that alarms are sent to; empty: they stay in CloudWatch."
  type        = list(string)
  default     = []
}
