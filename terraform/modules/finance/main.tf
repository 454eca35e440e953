# The finance app: its functions stand in the VPC, beside the database. Queues, topics and buckets of system.json join here when there are some.

module "part" {
  source = "../part"

  name         = var.name
  functions    = var.part.functions
  tables       = var.part.tables
  schedules    = var.part.schedules
  events       = var.part.events
  bundles      = var.part.bundles
  dead_letters = var.dead_letters
  vpc          = var.part.vpc
  options      = var.part.options
  tags         = var.tags
}
