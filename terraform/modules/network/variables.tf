variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "cidr" {
  description = "Address range of the VPC. Nothing of it is reachable from outside; it matters only where VPCs are to be connected."
  type        = string
  default     = "10.83.0.0/24"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 26, false)
    error_message = "The address range has to be an IPv4 CIDR from /16 to /26, such as 10.83.0.0/24: each of two subnets needs 16 addresses or more."
  }
}

variable "database_port" {
  description = "Port of PostgreSQL."
  type        = number
  default     = 5432
}

variable "may" {
  description = "What the functions in the VPC may do, all together: actions and ARNs. The gateway endpoints let nothing else through."
  type        = list(object({ action = string, resources = list(string) }))
  default     = []
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
