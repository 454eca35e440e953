# The finance app: its functions stand in the VPC, beside the database.

module "part" {
  source = "../part"

  name         = var.name
  functions    = var.part.functions
  tables       = var.part.tables
  queues       = var.part.queues
  topics       = var.part.topics
  buckets      = var.part.buckets
  schedules    = var.part.schedules
  events       = var.part.events
  bundles      = var.part.bundles
  dead_letters = var.dead_letters
  vpc          = var.part.vpc
  origins      = var.origins
  streams      = var.streams
  options      = var.part.options
  tags         = var.tags
}
