# The finance app: its functions stand in the VPC, beside the database. Queues, topics and buckets of system.json join here when there are some.

module "part" {
  source = "../part"

  name         = var.name
  functions    = var.functions
  tables       = var.tables
  schedules    = var.schedules
  events       = var.events
  bundles      = var.bundles
  dead_letters = var.dead_letters
  vpc          = var.vpc
  options      = var.options
  tags         = var.tags
}
