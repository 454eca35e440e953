variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "alarms" {
  description = "Alarms by key. One goes off when the metric's value is `above`, or (no value at all being the worst) is not at least `unless_below`, in each of so many (`times`) periods of so many seconds (`period`). `description` says what it means and what to do."
  type = map(object({
    namespace    = string
    metric       = string
    dimensions   = map(string)
    description  = string
    statistic    = optional(string, "Sum")
    period       = optional(number, 300)
    times        = optional(number, 1)
    above        = optional(number, 0)
    unless_below = optional(number)
  }))

  validation {
    condition     = alltrue([for alarm in var.alarms : alarm.period % 60 == 0 && alarm.period * alarm.times <= 604800])
    error_message = "CloudWatch takes periods of whole minutes, and looks back at most 7 days."
  }
}

variable "actions" {
  description = "ARNs of the topics that are told."
  type        = list(string)
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
