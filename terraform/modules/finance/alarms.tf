# What a person can mend, as the lifecycle's alarms are; CloudWatch's first ten of an account cost nothing.

locals {
  # One queue's dead letters are not another's: what to do differs.
  dead_letters = {
    for key, queue in module.part.queues : "${key}_dead_letters" => {
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = queue.dead_letters }
      statistic   = "Maximum"
      description = "Messages of the queue ${queue.name} could not be handled and lie in ${queue.dead_letters}. Read the newest errors of the function that takes from it, mend the cause, then have them moved back (npm run redrive -- --name ${var.name} --send)."
    }
  }
}

module "alarms" {
  source = "../alarms"

  name    = var.name
  alarms  = local.dead_letters
  actions = [var.alarm_topic_arn]
  tags    = var.tags
}
