variable "name" {
  description = "Name of the deployment: the key's alias, and whose logs it may encrypt."
  type        = string
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
